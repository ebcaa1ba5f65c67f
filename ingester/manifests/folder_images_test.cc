#include "ingester/manifests/folder_images.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kDeployment[] = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      initContainers:
      - {name: migrate, image: "r:5000/migrate:2"}
      containers:
      - name: api
        image: r/api:v1
      - name: sidecar
        image: r/proxy@sha256:0123
)";

struct Case {
  const char* name;
  std::vector<TreeFile> files;
  std::vector<std::string> images;
};

const std::vector<Case>& Cases() {
  static const auto* const cases = new std::vector<Case>{
      {"WorkloadNamesItsContainers",
       {{"a.yaml", kDeployment}},
       {"r/api:v1", "r/proxy@sha256:0123", "r:5000/migrate:2"}},
      {"SeveralDocumentsAndAnchors",
       {{"all.yml",
         "# first\n---\napiVersion: v1\nkind: ConfigMap\ndata: {image: r/no:1}\n---\napiVersion: v1\nkind: Pod\nspec: "
         "{containers: [&c {image: r/pod:1}, *c]}\n---\n---\napiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: "
         "{spec: "
         "{template: {spec: {containers: [{image: r/job:2}]}}}}}\n"}},
       {"r/job:2", "r/pod:1"}},
      {"ListsAndJson",
       {{"l.json",
         R"({"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"r/a:1"}]}}]})"}},
       {"r/a:1"}},
      {"WhatIsNoWorkloadNamesNothing",
       {{"ci.yaml", "jobs: {build: {container: {image: 'node:20'}}}\n"},
        {"crd.yaml", "apiVersion: x/v1\nkind: Widget\nspec: {template: {spec: {containers: [{image: r/w:1}]}}}\n"},
        {"service.yaml", "apiVersion: v1\nkind: Service\nspec: {ports: [{port: 80}]}\n"},
        {"text.yaml", "just text\n"}},
       {}},
      {"PlaceholdersAreNoImages",
       {{"p.yaml",
         "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: '$(IMAGE)'}, {image: 'a b'}, {image: ''}]}\n"}},
       {}},
      {"KustomizationChangesWhatItLists",
       {{"deployment.yaml", kDeployment},
        {"other.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: r/unlisted:1}]}\n"},
        {"kustomization.yaml",
         "resources: [./deployment.yaml, ../base]\nimages:\n- {name: r/api, newTag: v2}\n- {name: r/proxy, newName: "
         "m/proxy}\n"
         "- {name: 'r:5000/migrate', digest: 'sha256:abcd'}\n"}},
       {"m/proxy@sha256:0123", "r/api:v2", "r:5000/migrate@sha256:abcd"}},
      {"KustomizationOfABaseElsewhere",
       {{"kustomization.yml",
         "resources: [../../base]\nimages:\n- name: api\n  newName: r/api\n  newTag: 1.10\n- name: r/web\n  newTag: "
         "main-1a2b3c4\n"
         "- name: renamed\n  newName: r/renamed\n- newTag: v3\n"}},
       {"r/api:1.10", "r/web:main-1a2b3c4"}},
      {"NothingThatIsNotListedIsRead",
       {{"Kustomization", "images: [{name: r/a, newTag: '1'}]\n"}, {"broken.yaml", "a: {{ .Values }\n b"}},
       {"r/a:1"}},
      {"ValuesAtAnyDepth",
       {{"Chart.yaml", "apiVersion: v2\nname: app\n"},
        {"values.yaml",
         "image: {repository: r/app, tag: 1.10, pullPolicy: Always}\nworker:\n  image: {registry: q.io, repository: "
         "worker, digest: "
         "'sha256:ab'}\nproxy: {image: 'r/proxy:v3'}\nold: {image: r/old, imageTag: v4}\nuntagged: {image: "
         "{repository: r/no}}\n"
         "list: [{image: {repository: r/in, tag: 'sha256:cd'}}]\nempty: {image: {repository: r/x, tag: ''}}\n"}},
       {"q.io/worker@sha256:ab", "r/app:1.10", "r/in@sha256:cd", "r/old:v4", "r/proxy:v3"}},
      {"OtherValuesLieOverTheFirst",
       {{"values.yaml", "image: {repository: r/app, tag: dev}\nside: {image: 'r/side:1'}\n"},
        {"values-prod.yaml", "image: {tag: v7}\nside: null\n"}},
       {"r/app:v7"}},
      {"TemplatesOfAChartAreNotRead",
       {{"values.yaml", "image: {repository: r/app, tag: v1}\n"}, {"deployment.yaml", "{{- if .Values.x }}\na: [\n"}},
       {"r/app:v1"}},
      {"NothingThere", {}, {}},
  };
  return *cases;
}

class FolderImagesTest : public ::testing::TestWithParam<Case> {};

TEST_P(FolderImagesTest, NamesTheImages) {
  const FolderImages read = ReadFolderImages(GetParam().files);
  EXPECT_EQ(read.problem, "");
  EXPECT_EQ(read.images, GetParam().images) << absl::StrJoin(read.images, " ");
}

INSTANTIATE_TEST_SUITE_P(Golden, FolderImagesTest, ::testing::ValuesIn(Cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(FolderImagesFaultTest, BrokenYamlSaysWhereAndNamesNothing) {
  const FolderImages read =
      ReadFolderImages(std::vector<TreeFile>{{"a.yaml", kDeployment}, {"b.yaml", "ok: 1\nx: [\n"}});
  EXPECT_THAT(read.images, IsEmpty());
  EXPECT_THAT(read.problem, HasSubstr("b.yaml:"));
  EXPECT_THAT(read.problem, HasSubstr("is no YAML"));
}

TEST(FolderImagesFaultTest, ABombIsNotUnfolded) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [*a", i - 1);
    for (int j = 0; j < 9; ++j) absl::StrAppend(&bomb, ", *a", i - 1);
    bomb += "]\n";
  }
  const FolderImages read = ReadFolderImages(std::vector<TreeFile>{{"bomb.yaml", bomb}});
  EXPECT_THAT(read.problem, HasSubstr("values"));
  const FolderImages deep = ReadFolderImages(std::vector<TreeFile>{{"deep.yaml", std::string(5000, '[')}});
  EXPECT_NE(deep.problem, "");
}

TEST(FolderImagesFaultTest, TooManyImagesAreNotTold) {
  std::string text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n";
  for (size_t i = 0; i <= kImagesOfFolder; ++i) absl::StrAppend(&text, "  - image: r/i:", i, "\n");
  const FolderImages read = ReadFolderImages(std::vector<TreeFile>{{"pod.yaml", text}});
  EXPECT_EQ(read.problem, "names more than 200 images");
  EXPECT_THAT(read.images, IsEmpty());
}

}  // namespace
}  // namespace headway
