#include "aggregator/metrics/benchmarks.h"

#include <limits>

namespace headway {
namespace {

constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;
constexpr double kWeek = 7 * kDay;
constexpr double kMonth = 30 * kDay;
constexpr double kHalfYear = 180 * kDay;
constexpr double kNoEnd = std::numeric_limits<double>::infinity();

struct Band {
  const char* name;
  double from;  // -infinity: no lower end
  double to;    // +infinity: no upper end
};

struct Bands {
  const char* name;
  int year;
  const char* source;
  const char* metric;
  std::vector<Band> bands;
  const char* note;
};

struct Mean {
  int year;
  const char* metric;
  double mean;
  const char* unit;
};

constexpr char kClusters[] = "DORA 2023 clusters";
constexpr char kClustersSource[] = "Accelerate State of DevOps Report 2023, dora.dev/research/2023";
constexpr char kAnswers[] = "DORA answer bands";
constexpr char kAnswersSource[] = "DORA Quick Check, dora.dev/quickcheck";
constexpr char kMeans[] = "DORA Quick Check mean, all industries";
constexpr char kClustersNote[] =
    "Clusters of survey answers of that year. DORA published other clusters in 2024, which are no ladder, and none in "
    "2025.";
constexpr char kFailNote[] =
    "Published as one value for each cluster (5, 10, 15 %), read here as the upper ends of bands. DORA published other "
    "clusters in 2024, which "
    "are no ladder, and none in 2025.";
constexpr char kAnswersNote[] =
    "The answers that the survey offers, not a judgement. A month is read as 30 days, six months as 180.";
constexpr char kMeansNote[] = "Mean of what respondents answered about themselves; a score of 10 is the best answer.";

std::vector<Bands> Clusters2023() {
  return {
      {kClusters,
       2023,
       kClustersSource,
       "deployment_frequency",
       {{"elite", 1, kNoEnd}, {"high", 1.0 / 7, 1}, {"medium", 1.0 / 30, 1.0 / 7}, {"low", -kNoEnd, 1.0 / 30}},
       kClustersNote},
      {kClusters,
       2023,
       kClustersSource,
       "change_lead_time",
       {{"elite", -kNoEnd, kDay}, {"high", kDay, kWeek}, {"medium", kWeek, kMonth}, {"low", kMonth, kNoEnd}},
       kClustersNote},
      {kClusters,
       2023,
       kClustersSource,
       "change_fail_rate",
       {{"elite", -kNoEnd, 0.05}, {"high", 0.05, 0.10}, {"medium", 0.10, 0.15}, {"low", 0.15, kNoEnd}},
       kFailNote},
      {kClusters,
       2023,
       kClustersSource,
       "failed_deployment_recovery_time",
       {{"elite", -kNoEnd, kHour}, {"high", kHour, kDay}, {"medium", kDay, kWeek}, {"low", kWeek, kNoEnd}},
       kClustersNote},
  };
}

std::vector<Band> TimeAnswers() {
  return {{"less than one hour", -kNoEnd, kHour},
          {"less than one day", kHour, kDay},
          {"between one day and one week", kDay, kWeek},
          {"between one week and one month", kWeek, kMonth},
          {"between one month and six months", kMonth, kHalfYear},
          {"more than six months", kHalfYear, kNoEnd}};
}

std::vector<Bands> Answers2025() {
  return {
      {kAnswers,
       2025,
       kAnswersSource,
       "deployment_frequency",
       {{"on demand (multiple deploys per day)", 24, kNoEnd},
        {"between once per hour and once per day", 1, 24},
        {"between once per day and once per week", 1.0 / 7, 1},
        {"between once per week and once per month", 1.0 / 30, 1.0 / 7},
        {"between once per month and once every six months", 1.0 / 180, 1.0 / 30},
        {"fewer than once per six months", -kNoEnd, 1.0 / 180}},
       kAnswersNote},
      {kAnswers, 2025, kAnswersSource, "change_lead_time", TimeAnswers(), kAnswersNote},
      {kAnswers, 2025, kAnswersSource, "failed_deployment_recovery_time", TimeAnswers(), kAnswersNote},
  };
}

constexpr Mean kQuickCheckMeans[] = {
    {2024, "deployment_frequency", 5.3, "score_0_10"}, {2024, "change_lead_time", 5.1, "score_0_10"},
    {2024, "change_fail_rate", 0.17, "ratio"},         {2024, "failed_deployment_recovery_time", 7.5, "score_0_10"},
    {2025, "deployment_frequency", 4.8, "score_0_10"}, {2025, "change_lead_time", 5.5, "score_0_10"},
    {2025, "change_fail_rate", 0.19, "ratio"},         {2025, "failed_deployment_recovery_time", 7.4, "score_0_10"},
    {2025, "deployment_rework_rate", 0.22, "ratio"},
};

v1::Benchmark ToProto(const Bands& bands) {
  v1::Benchmark out;
  out.set_name(bands.name);
  out.set_year(bands.year);
  out.set_source(bands.source);
  out.set_metric(bands.metric);
  out.set_note(bands.note);
  for (const Band& band : bands.bands) {
    auto* b = out.add_bands();
    b->set_name(band.name);
    if (band.from != -kNoEnd) b->set_from(band.from);
    if (band.to != kNoEnd) b->set_to(band.to);
  }
  return out;
}

v1::Benchmark ToProto(const Mean& mean) {
  v1::Benchmark out;
  out.set_name(kMeans);
  out.set_year(mean.year);
  out.set_source(kAnswersSource);
  out.set_metric(mean.metric);
  out.set_mean(mean.mean);
  out.set_mean_unit(mean.unit);
  out.set_note(kMeansNote);
  return out;
}

std::vector<v1::Benchmark> Build() {
  std::vector<v1::Benchmark> all;
  for (const Bands& bands : Clusters2023()) all.push_back(ToProto(bands));
  for (const Mean& mean : kQuickCheckMeans) {
    if (mean.year == 2024) all.push_back(ToProto(mean));
  }
  for (const Bands& bands : Answers2025()) all.push_back(ToProto(bands));
  for (const Mean& mean : kQuickCheckMeans) {
    if (mean.year == 2025) all.push_back(ToProto(mean));
  }
  return all;
}

}  // namespace

const std::vector<v1::Benchmark>& PublishedBenchmarks() {
  static const auto* all = new std::vector<v1::Benchmark>(Build());
  return *all;
}

}  // namespace headway
