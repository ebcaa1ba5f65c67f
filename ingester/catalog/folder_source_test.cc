#include "ingester/catalog/folder_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace headway::catalog {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class FolderSourceTest : public testing::Test {
 protected:
  FolderSourceTest() {
    std::string pattern = testing::TempDir() + "/catalog-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    source_ = MakeFolderSource(folder_ / "catalog");
    fs::create_directory(folder_ / "catalog");
  }
  ~FolderSourceTest() override { fs::remove_all(folder_); }

  void Write(const std::string& path, const std::string& text) {
    const fs::path file = folder_ / "catalog" / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void Component(const std::string& path, const std::string& name) {
    Write(path, absl::StrCat("kind: Component\nmetadata: {name: ", name, "}\n"));
  }
  void Remove(const std::string& path) { fs::remove_all(folder_ / "catalog" / path); }

  std::shared_ptr<const Listing> List() {
    auto listing = source_->List();
    EXPECT_TRUE(listing.ok()) << listing.status();
    return listing.ok() ? *listing : std::make_shared<Listing>();
  }
  std::vector<std::string> Refs() {
    std::vector<std::string> refs;
    for (const ListedEntity& entity : List()->entities) refs.push_back(entity.declaration.entity_ref());
    return refs;
  }
  std::vector<std::string> Faults() {
    std::vector<std::string> faults;
    for (const ListingFault& fault : List()->faults)
      faults.push_back(
          absl::StrCat(fault.file, ":", fault.line, ": ", fault.reason, fault.hides ? "" : " (hides nothing)"));
    return faults;
  }

  fs::path folder_;
  std::unique_ptr<CatalogSource> source_;
};

TEST_F(FolderSourceTest, ReadsEveryFileOfTheNameAndWhatLocationsName) {
  Component("catalog-info.yaml", "a");
  Component("x/y/catalog-info.yml", "b");
  Component("x/other.yaml", "not-found");
  Component(".git/catalog-info.yaml", "hidden");
  Component("node_modules/m/catalog-info.yaml", "package");
  Write("l/catalog-info.yaml", "kind: Location\nspec: {target: ./c.yaml, targets: [../x/../d/d.yaml]}\n");
  Component("l/c.yaml", "c");
  Write("d/d.yaml",
        "kind: Component\nmetadata: {name: d}\n---\nkind: Location\nspec: {target: ../l/catalog-info.yaml}\n");
  EXPECT_THAT(Refs(), UnorderedElementsAre("component:default/a", "component:default/b", "component:default/c",
                                           "component:default/d"));
  EXPECT_THAT(Faults(), IsEmpty());
  const std::shared_ptr<const Listing> listing = List();
  EXPECT_THAT(listing->entities.back().files, ElementsAre("l/catalog-info.yaml", "d/d.yaml"));
}

TEST_F(FolderSourceTest, SeesWhatIsAddedChangedAndRemoved) {
  EXPECT_THAT(Refs(), IsEmpty());
  Component("catalog-info.yaml", "a");
  EXPECT_THAT(Refs(), ElementsAre("component:default/a"));
  // At once, of the same size, and perhaps within one tick of the file system's clock.
  Component("catalog-info.yaml", "b");
  EXPECT_THAT(Refs(), ElementsAre("component:default/b"));
  Remove("catalog-info.yaml");
  EXPECT_THAT(Refs(), IsEmpty());
}

TEST_F(FolderSourceTest, GivesTheSameListingWhileNothingChanges) {
  Component("catalog-info.yaml", "a");
  Write("l/catalog-info.yaml", "kind: Location\nspec: {target: ./gone.yaml}\n");
  const std::shared_ptr<const Listing> first = List();
  EXPECT_EQ(List(), first);
  Component("b/catalog-info.yaml", "b");
  const std::shared_ptr<const Listing> second = List();
  EXPECT_NE(second, first);
  EXPECT_EQ(List(), second);
  Component("l/gone.yaml", "c");
  EXPECT_NE(List(), second);
}

TEST_F(FolderSourceTest, ReadsNothingOutsideOfTheFolder) {
  std::ofstream(folder_ / "outside.yaml") << "kind: Component\nmetadata: {name: outside}\n";
  Write("catalog-info.yaml", absl::StrCat("kind: Location\nspec:\n  targets:\n    - ../outside.yaml\n    - ",
                                          (folder_ / "outside.yaml").string(),
                                          "\n    - https://example.com/catalog-info.yaml\n    - ./*.yaml\n    - "
                                          "link.yaml\n    - gone.yaml\n    - pipe\n    - .\n"));
  fs::create_symlink(folder_ / "outside.yaml", folder_ / "catalog/link.yaml");
  fs::create_directory(folder_ / "catalog/a");
  fs::create_symlink(folder_ / "outside.yaml", folder_ / "catalog/a/catalog-info.yaml");
  fs::create_directory_symlink(folder_, folder_ / "catalog/up");
  ASSERT_EQ(mkfifo((folder_ / "catalog/pipe").c_str(), 0600), 0);
  EXPECT_THAT(Refs(), IsEmpty());
  EXPECT_THAT(
      Faults(),
      UnorderedElementsAre(
          "catalog-info.yaml:4: spec.targets: \"../outside.yaml\" lies outside of the folder (hides nothing)",
          HasSubstr("lies outside of the folder (hides nothing)"),
          "catalog-info.yaml:6: spec.targets: \"https://example.com/catalog-info.yaml\" is an address: only files of "
          "the folder are read (hides nothing)",
          "catalog-info.yaml:7: spec.targets: \"./*.yaml\" is a pattern: name each file (hides nothing)",
          "catalog-info.yaml:8: spec.targets: \"link.yaml\" lies outside of the folder (hides nothing)",
          "catalog-info.yaml:9: spec.targets: \"gone.yaml\" there is no such file (hides nothing)",
          "pipe:0: is no plain file", ".:0: is no plain file", "a/catalog-info.yaml:0: lies outside of the folder"));
}

TEST_F(FolderSourceTest, AFileThatBreaksKeepsWhatItHeld) {
  Component("catalog-info.yaml", "a");
  Component("b/catalog-info.yaml", "b");
  ASSERT_EQ(Refs().size(), 2u);
  Write("catalog-info.yaml", "kind: Component\nmetadata: {name: a\n");
  EXPECT_EQ(Refs().size(), 2u);
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("catalog-info.yaml:3: is no YAML")));
  EXPECT_EQ(Refs().size(), 2u);
  Component("catalog-info.yaml", "c");
  EXPECT_THAT(Refs(), UnorderedElementsAre("component:default/b", "component:default/c"));
  EXPECT_THAT(Faults(), IsEmpty());
}

TEST_F(FolderSourceTest, OfTwoOfOneNameTheFirstHolds) {
  Write("a/catalog-info.yaml", "kind: Component\nmetadata: {name: x, title: first}\n");
  Write("b/catalog-info.yaml", "kind: component\nmetadata: {name: X, title: second}\n");
  ASSERT_EQ(Refs().size(), 1u);
  EXPECT_EQ(List()->entities[0].declaration.title(), "first");
  EXPECT_THAT(Faults(), ElementsAre("b/catalog-info.yaml:0: component:default/x is declared in a/catalog-info.yaml "
                                    "too, which holds (hides nothing)"));
}

TEST_F(FolderSourceTest, LinksGroupsOverFiles) {
  Write("a/catalog-info.yaml", "kind: Group\nmetadata: {name: top}\nspec: {children: [low]}\n");
  Write("b/catalog-info.yaml", "kind: Group\nmetadata: {name: low}\n");
  ASSERT_EQ(Refs().size(), 2u);
  EXPECT_THAT(List()->entities[1].declaration.parent_refs(), ElementsAre("group:default/top"));
}

TEST_F(FolderSourceTest, IsBounded) {
  source_ = MakeFolderSource(folder_ / "catalog", {.files = 2, .file_bytes = 100});
  Write("a/catalog-info.yaml", "kind: Component\nmetadata: {name: a}\n" + std::string(100, '#'));
  EXPECT_THAT(Faults(), ElementsAre("a/catalog-info.yaml:0: is larger than 100 bytes"));
  Component("b/catalog-info.yaml", "b");
  Component("c/catalog-info.yaml", "c");
  EXPECT_EQ(source_->List().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FolderSourceTest, AFolderThatIsNotThereIsAFailureAndNotAnEmptyCatalog) {
  fs::remove_all(folder_ / "catalog");
  EXPECT_EQ(source_->List().status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(source_->List().status().message()), HasSubstr("catalog"));
}

}  // namespace
}  // namespace headway::catalog
