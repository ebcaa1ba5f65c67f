#include "services/argocd_watcher/watch_instruments.h"

#include <set>

#include "gtest/gtest.h"

namespace headway {
namespace {

TEST(WatchInstruments, NameTheArgoCdAndUseNoLabelOfPrometheusItself) {
  Instruments instruments;
  const WatchInstruments eu(instruments, "eu"), us(instruments, "us");
  EXPECT_NE(&eu.connected, &us.connected);
  std::set<std::string> names;
  for (const prometheus::MetricFamily& family : instruments.registry()->Collect()) {
    for (const prometheus::ClientMetric& one : family.metric) {
      std::string of;
      for (const prometheus::ClientMetric::Label& label : one.label) {
        EXPECT_TRUE(label.name != "instance" && label.name != "job") << family.name << " has the label " << label.name;
        if (label.name == "argocd_instance") of = label.value;
      }
      EXPECT_TRUE(of == "eu" || of == "us") << family.name;
      names.insert(family.name);
    }
  }
  EXPECT_EQ(names.size(), 9u);
}

}  // namespace
}  // namespace headway
