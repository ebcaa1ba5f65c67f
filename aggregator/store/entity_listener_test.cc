#include "aggregator/store/entity_listener.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

TEST(EntityNotice, NamesWhatItWasMadeFrom) {
  const EntityNotice notice =
      DecodeEntityNotice(EncodeEntityNotice({"component:default/b", "component:default/a", "component:default/b"}));
  std::vector<uint64_t> expected = {EntityHash("component:default/a"), EntityHash("component:default/b")};
  std::sort(expected.begin(), expected.end());
  EXPECT_FALSE(notice.everything);
  EXPECT_EQ(notice.hashes, expected);
  EXPECT_TRUE(DecodeEntityNotice("").hashes.empty());
}

TEST(EntityNotice, SaysEverythingWhereItCannotNameThem) {
  std::vector<std::string> refs;
  for (int i = 0; i < 400; ++i) refs.push_back(absl::StrCat("component:default/c", i));
  EXPECT_LE(EncodeEntityNotice(refs).size(), 7000u);
  EXPECT_EQ(DecodeEntityNotice(EncodeEntityNotice(refs)).hashes.size(), 400u);
  for (int i = 400; i < 500; ++i) refs.push_back(absl::StrCat("component:default/c", i));
  EXPECT_TRUE(DecodeEntityNotice(EncodeEntityNotice(refs)).everything);
  EXPECT_TRUE(DecodeEntityNotice("0123").everything);
  EXPECT_TRUE(DecodeEntityNotice("component:default/x_").everything);
}

class EntityListenerTest : public testing::PostgresTest {
 protected:
  // Until something was told or ten seconds have passed.
  absl::StatusOr<EntityNotice> Hear(EntityListener& listener) {
    const absl::Time give_up = absl::Now() + absl::Seconds(10);
    while (true) {
      absl::StatusOr<EntityNotice> notice = listener.Wait(absl::Milliseconds(200));
      if (!notice.ok() || notice->everything || !notice->hashes.empty() || absl::Now() > give_up) return notice;
    }
  }
  void Notify(const std::string& ref) {
    const std::string payload = EncodeEntityNotice({ref});
    Execute("SELECT pg_notify('headway_entities', '" + payload + "')");  // lint: sql of constants
  }
  DatabaseUrl Here() const {
    return [at = url()]() -> absl::StatusOr<std::string> { return at; };
  }
};

TEST_F(EntityListenerTest, SaysEverythingFirstThenWhatIsTold) {
  EntityListener listener(Here());
  absl::StatusOr<EntityNotice> first = listener.Wait(absl::ZeroDuration());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->everything);
  Notify("component:default/a");
  absl::StatusOr<EntityNotice> told = Hear(listener);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_FALSE(told->everything);
  EXPECT_THAT(told->hashes, ::testing::ElementsAre(EntityHash("component:default/a")));
  absl::StatusOr<EntityNotice> silence = listener.Wait(absl::Milliseconds(50));
  ASSERT_TRUE(silence.ok());
  EXPECT_FALSE(silence->everything);
  EXPECT_TRUE(silence->hashes.empty());
}

TEST_F(EntityListenerTest, SaysEverythingAfterTheConnectionWasLost) {
  EntityListener listener(Here());
  ASSERT_TRUE(listener.Wait(absl::ZeroDuration()).ok());
  Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
      "current_database()");
  Notify("component:default/a");  // lost
  absl::StatusOr<EntityNotice> notice = Hear(listener);
  if (!notice.ok()) {
    EXPECT_TRUE(absl::IsUnavailable(notice.status())) << notice.status();
    notice = Hear(listener);
  }
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_TRUE(notice->everything);
  Notify("component:default/b");
  notice = Hear(listener);
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_THAT(notice->hashes, ::testing::ElementsAre(EntityHash("component:default/b")));
}

TEST_F(EntityListenerTest, SaysThatPostgresIsOutOfReach) {
  EntityListener listener([]() -> absl::StatusOr<std::string> { return "host=/nonexistent dbname=x user=x"; });
  EXPECT_TRUE(absl::IsUnavailable(listener.Wait(absl::ZeroDuration()).status()));
}

}  // namespace
}  // namespace headway
