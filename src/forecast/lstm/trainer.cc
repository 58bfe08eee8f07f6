#include "forecast/lstm/trainer.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "forecast/lstm/inputs.h"
#include "forecast/lstm/training.h"
#include "forecast/series.h"

namespace epochcost::forecast::lstm {
namespace {

constexpr std::string_view kLibrary = "libepochcost_lstm.so";

// What the library is given, flat.
struct Lessons {
  std::vector<std::string> workloads;
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> workload;
  std::vector<std::int32_t> unseen_by;  // the network that must not see it
  std::vector<float> sequence_weights;
  std::vector<float> values;
  std::vector<float> targets;
  std::vector<float> target_weights;
};

void Append(const CompletedRun& run, Lessons& lessons) {
  const std::span<const Unit> units = run.units;
  const Sequence sequence = InputsOf(run.unit, run.before, units, PlanOf(run));
  const std::size_t skipped = units.size() - sequence.inputs.size();
  const double total = run.before + CostOf(units);
  double cost = CostOf(units.subspan(skipped));
  double work = WorkOf(units.subspan(skipped));
  for (std::size_t i = 0; i < sequence.inputs.size(); ++i) {
    const std::array<float, kInputs>& inputs = sequence.inputs[i];
    lessons.values.insert(lessons.values.end(), inputs.begin(), inputs.end());
    cost -= units[skipped + i].cost;
    work -= units[skipped + i].work;
    const bool is_last = i + 1 == sequence.inputs.size();
    const double target =
        is_last ? 0.0 : std::clamp(std::log(cost / work) - std::log(sequence.levels[i]), -4.0, 4.0);
    lessons.targets.push_back(static_cast<float>(target));
    // Between the error of the rest and the error of the whole: the early units matter more.
    lessons.target_weights.push_back(
        is_last ? 0.0F : static_cast<float>(std::sqrt(std::max(cost / total, 1e-4))));
  }
  lessons.lengths.push_back(static_cast<std::int64_t>(sequence.inputs.size()));
}

Lessons LessonsOf(std::span<const CompletedRun> runs, std::span<const Teacher> teachers) {
  Lessons lessons;
  std::set<std::string> names;
  using Kind = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Kind, double> alike;
  const auto teaches = [](const CompletedRun& run) { return run.units.size() >= 3; };
  const auto kind = [](const CompletedRun& run) {
    return Kind{run.workload, run.system, run.owner};
  };
  for (const CompletedRun& run : runs) {
    if (!teaches(run)) continue;
    names.insert(run.workload);
    ++alike[kind(run)];
  }
  lessons.workloads.assign(names.begin(), names.end());
  for (const CompletedRun& run : runs) {
    if (!teaches(run)) continue;
    Append(run, lessons);
    lessons.unseen_by.push_back(
        std::ranges::lower_bound(teachers, run.owner, {}, &Teacher::owner)->unseen_by);
    lessons.workload.push_back(std::ranges::lower_bound(lessons.workloads, run.workload) -
                               lessons.workloads.begin());
    lessons.sequence_weights.push_back(static_cast<float>(1 / std::sqrt(alike[kind(run)])));
  }
  return lessons;
}

// The library, unloaded at the end of its scope. libtorch itself stays mapped: it registers what
// cannot be taken back.
struct Library {
  explicit Library(const std::string& path) : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {}
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }
  template <class Function>
  Function* Find(const char* name) const {
    return reinterpret_cast<Function*>(dlsym(handle, name));
  }
  void* handle;
};

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Owners over networks, the largest first to the network that misses least so far.
std::vector<Teacher> Spread(std::span<const CompletedRun> runs, std::size_t networks) {
  std::map<std::string, int> size;
  std::set<std::string> owners;
  for (const CompletedRun& run : runs) {
    ++size[Lower(run.owner)];
    owners.insert(run.owner);
  }
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [owner, count] : size) order.emplace_back(-count, owner);
  std::ranges::sort(order);
  std::vector<int> missed(networks, 0);
  std::map<std::string, std::int32_t> unseen_by;
  for (const auto& [count, owner] : order) {
    const auto least = std::ranges::min_element(missed) - missed.begin();
    missed[static_cast<std::size_t>(least)] -= count;
    unseen_by[owner] =
        order.size() > 1 && networks > 1 ? static_cast<std::int32_t>(least) : Teacher::kNone;
  }
  std::vector<Teacher> teachers;
  for (const std::string& owner : owners) teachers.push_back({owner, unseen_by[Lower(owner)]});
  return teachers;
}

struct Report {
  const TrainingOptions* options;
  std::size_t network;
  static int Pass(void* context, std::int64_t pass, double loss) {
    const auto& self = *static_cast<Report*>(context);
    return !self.options->report || self.options->report(self.network, pass, loss) ? 0 : 1;
  }
};

}  // namespace

Result<Network> Train(std::span<const CompletedRun> runs, const std::string& library,
                      const TrainingOptions& options) {
  std::vector<Teacher> teachers = Spread(runs, options.networks);
  const Lessons lessons = LessonsOf(runs, teachers);
  if (lessons.lengths.size() < kLeastRuns) {
    return Fail(
        ErrorCode::kInvalidInput,
        Say("{} completed runs are too few to train the forecaster on", lessons.lengths.size()),
        Say("it needs {} of at least 3 epochs", kLeastRuns),
        Say("until then the weights that come with the program serve"));
  }
  const Library loaded(library);
  if (loaded.handle == nullptr) {
    const char* why = dlerror();
    return Fail(ErrorCode::kUnavailable, Say("cannot load {}", library), why != nullptr ? why : "",
                Say("training needs libtorch (Debian: libtorch-dev) where EpochCost is built; "
                    "forecasts need neither"));
  }
  auto* const abi = loaded.Find<decltype(epochcost_lstm_abi)>("epochcost_lstm_abi");
  auto* const train = loaded.Find<decltype(epochcost_lstm_train)>("epochcost_lstm_train");
  if (abi == nullptr || train == nullptr || abi() != EPOCHCOST_LSTM_ABI) {
    return Fail(ErrorCode::kUnsupported, Say("{} is not of this version of EpochCost", library), {},
                Say("build both from the same sources"));
  }
  const std::size_t count = Layout{lessons.workloads.size(), options.hidden}.All();
  std::vector<std::vector<float>> members;
  for (std::size_t i = 0; i < options.networks; ++i) {
    Report report{&options, i};
    // A sequence that weighs nothing is not seen.
    std::vector<float> weights_here = lessons.sequence_weights;
    for (std::size_t k = 0; k < weights_here.size(); ++k) {
      if (lessons.unseen_by[k] == static_cast<std::int32_t>(i)) weights_here[k] = 0;
    }
    const epochcost_lstm_task task{.sequences = static_cast<std::int64_t>(lessons.lengths.size()),
                                   .lengths = lessons.lengths.data(),
                                   .workloads = lessons.workload.data(),
                                   .sequence_weights = weights_here.data(),
                                   .values = lessons.values.data(),
                                   .targets = lessons.targets.data(),
                                   .target_weights = lessons.target_weights.data(),
                                   .inputs = kInputs,
                                   .embedding = kEmbedding,
                                   .hidden = static_cast<std::int64_t>(options.hidden),
                                   .known = static_cast<std::int64_t>(lessons.workloads.size()),
                                   .quantiles = kQuantiles.size(),
                                   .levels = kQuantiles.data(),
                                   .output_scale = kOutputScale,
                                   .seed = options.seed + i,
                                   .passes = options.passes,
                                   .batch = 64,
                                   .step = 5e-3,
                                   .forget_workload = 0.3,
                                   .forget_phase = 0.5,
                                   .report = &Report::Pass,
                                   .context = &report};
    std::array<char, 1024> message{};
    std::vector<float>& weights = members.emplace_back(count);
    if (train(&task, weights.data(), static_cast<std::int64_t>(count), message.data(),
              static_cast<std::int64_t>(message.size())) != 0) {
      return Fail(ErrorCode::kUnavailable, Say("the forecaster could not be trained"),
                  message.data());
    }
  }
  return Network(lessons.workloads, options.hidden, std::move(members), std::move(teachers));
}

std::string TrainerLibrary() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  for (const std::filesystem::path& folder :
       {program.parent_path(), program.parent_path().parent_path() / "lib"}) {
    const std::filesystem::path path = folder / kLibrary;
    if (!folder.empty() && std::filesystem::exists(path, ignored)) return path.string();
  }
  return std::string(kLibrary);
}

}  // namespace epochcost::forecast::lstm
