#include "app/forecast_training.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <ranges>
#include <set>
#include <utility>

#include "app/run_choice.h"
#include "base/log.h"
#include "base/text.h"
#include "forecast/arima/arima_member.h"
#include "forecast/blend/shipped.h"
#include "forecast/lstm/lstm_member.h"
#include "forecast/lstm/trainer.h"
#include "forecast/run/run_units.h"

namespace epochcost::app {
namespace {

constexpr std::size_t kLeastEpochs = 3;

constexpr const char* kWeights = "/lstm.bin";
constexpr const char* kProfiles = "/profiles.tsv";
constexpr const char* kErrors = "/errors.tsv";

std::optional<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// The oldest first, so that what was known before a run lies before it.
Result<std::vector<forecast::CompletedRun>> CompletedRuns(store::Store& ledger,
                                                          std::int64_t& skipped) {
  auto runs = ledger.Runs({.limit = std::numeric_limits<std::int64_t>::max()});
  if (!runs) return tl::unexpected(runs.error());
  std::vector<forecast::CompletedRun> completed;
  for (const auto& run : *runs | std::views::reverse) {
    if (run.state == RunState::kRunning) continue;
    if (run.state != RunState::kFinished || run.exit_code != 0) {
      ++skipped;
      continue;
    }
    const auto cost = ledger.Cost(run.id);
    if (!cost) return tl::unexpected(cost.error());
    const auto units = forecast::UnitsOf(*cost);
    if (!units || units->finished.size() < kLeastEpochs) {
      ++skipped;
      continue;
    }
    forecast::CompletedRun& added = completed.emplace_back(forecast::AsCompleted(*cost, *units));
    added.owner = forecast::SystemOf(run);
  }
  return completed;
}

void Count(std::span<const forecast::CompletedRun> runs, TrainingReport& report) {
  std::set<std::string> workloads;
  std::set<std::string> machines;
  for (const forecast::CompletedRun& run : runs) {
    workloads.insert(run.workload);
    machines.insert(run.owner);
  }
  report.runs = std::ssize(runs);
  report.workloads = std::ssize(workloads);
  report.machines = std::ssize(machines);
}

Result<forecast::Members> ReadNetwork(const std::string& folder) {
  if (const auto bytes = ReadWhole(folder + kWeights)) {
    auto network = forecast::lstm::Network::Read(*bytes);
    if (!network) return tl::unexpected(network.error());
    return forecast::Members{
        std::make_shared<const forecast::lstm::LstmMember>(*std::move(network))};
  }
  auto shipped = forecast::lstm::ShippedLstm();
  if (!shipped) return tl::unexpected(shipped.error());
  return forecast::Members{*std::move(shipped)};
}

// What the ledger's own runs taught comes before what the program brings along: of the ledger's
// workloads all, of others nothing.
Result<void> AddOwn(const std::string& folder, forecast::Experience& experience) {
  const auto profiles = ReadWhole(folder + kProfiles);
  const auto errors = ReadWhole(folder + kErrors);
  if (!profiles || !errors) return {};
  auto own = forecast::ReadProfiles(*profiles);
  if (!own) return tl::unexpected(own.error());
  forecast::Experience learnt;
  if (auto read = forecast::ReadErrors(*errors, learnt); !read) return tl::unexpected(read.error());
  const auto is_own = [](const forecast::Class& of) {
    return of.workload != forecast::kAnyWorkload && of.workload != forecast::kUnknownWorkload;
  };
  for (const auto& [of, each] : learnt.errors)
    if (is_own(of)) experience.errors[of] = each;
  for (const auto& [of, each] : learnt.scores)
    if (is_own(of)) experience.scores[of] = each;
  experience.profiles.insert(experience.profiles.end(), own->begin(), own->end());
  return {};
}

}  // namespace

std::string LearntFolder(const std::string& data_home) { return data_home + "/forecast"; }

Result<TrainingReport> TrainForecaster(store::Store& ledger, const TrainingPlan& plan) {
  std::int64_t skipped = 0;
  const auto runs = CompletedRuns(ledger, skipped);
  if (!runs) return tl::unexpected(runs.error());
  auto report = TrainOn(*runs, plan);
  if (report) report->skipped = skipped;
  return report;
}

Result<TrainingReport> TrainOn(std::span<const forecast::CompletedRun> runs,
                               const TrainingPlan& plan) {
  TrainingReport report{.folder = plan.folder};
  Count(runs, report);
  forecast::lstm::TrainingOptions options{.passes = plan.passes, .seed = plan.seed};
  options.report = [&](std::size_t network, std::int64_t pass, double loss) {
    if (plan.progress) plan.progress(network, options.networks, pass, loss);
    return true;
  };
  auto network = forecast::lstm::Train(runs, plan.library, options);
  if (!network) return tl::unexpected(network.error());
  const std::string weights = network->Write();
  report.bytes = std::ssize(weights);
  const forecast::Experience experience = forecast::Learn(
      runs, {std::make_shared<forecast::ArimaMember>(),
             std::make_shared<const forecast::lstm::LstmMember>(*std::move(network))});
  std::error_code failed;
  std::filesystem::create_directories(plan.folder, failed);
  if (failed)
    return Fail(ErrorCode::kIo, Say("the folder {} cannot be made", plan.folder), failed.message(),
                Say("EPOCHCOST_HOME names another data home"));
  for (const auto& [name, text] :
       {std::pair{kWeights, weights},
        std::pair{kProfiles, forecast::WriteProfiles(experience.profiles)},
        std::pair{kErrors, forecast::WriteErrors(experience)}}) {
    if (auto written = WriteWhole(plan.folder + name, text); !written)
      return tl::unexpected(written.error());
  }
  return report;
}

Result<Learnt> ReadLearnt(const std::string& folder) {
  auto shipped = forecast::ShippedExperience();
  if (!shipped) return tl::unexpected(shipped.error());
  Learnt learnt{.experience = *std::move(shipped),
                .members = {std::make_shared<forecast::ArimaMember>()}};
  // Without the network the others go on.
  if (auto network = ReadNetwork(folder)) {
    learnt.members.insert(learnt.members.end(), network->begin(), network->end());
  } else {
    LogWarning("{}", network.error().what);
  }
  if (const auto added = AddOwn(folder, learnt.experience); !added)
    LogWarning("{}", added.error().what);
  return learnt;
}

}  // namespace epochcost::app
