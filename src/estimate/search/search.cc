#include "estimate/search/search.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "estimate/memory/memory.h"
#include "estimate/time/step_time.h"

namespace epochcost::estimate {
namespace {

std::vector<std::int64_t> Divisors(std::int64_t number, std::int64_t most) {
  std::vector<std::int64_t> divisors;
  for (std::int64_t i = 1; i <= std::min(number, most); ++i) {
    if (number % i == 0) divisors.push_back(i);
  }
  return divisors;
}

// Whether a person left `value` open, or decided it so.
template <class Value>
bool IsOpen(const std::optional<Value>& decided, Value value) {
  return !decided || *decided == value;
}

class Searcher {
 public:
  Searcher(const Graph& graph, const Machine& machine, const Constants& constants,
           const SearchOptions& options)
      : graph_(graph), machine_(machine), constants_(constants), options_(options) {}

  SearchResult Run() {
    const std::int64_t layers = std::max<std::int64_t>(LayerCount(graph_), 1);
    const bool is_transformer = graph_.heads > 0;
    const std::int64_t most_tensor = is_transformer ? 2 * machine_.devices_per_node : 1;
    for (const std::int64_t tensor :
         Divisors(std::max<std::int64_t>(graph_.heads, 1), most_tensor)) {
      if (options_.devices % tensor != 0 || !IsOpen(options_.tensor, tensor)) continue;
      for (const std::int64_t context :
           Divisors(graph_.tokens_per_sample, is_transformer ? 8 : 1)) {
        if (options_.devices % (tensor * context) != 0) continue;
        if (!IsOpen(options_.context, context)) continue;
        for (const std::int64_t pipeline :
             Divisors(options_.devices / (tensor * context), layers)) {
          if (!IsOpen(options_.pipeline, pipeline)) continue;
          Strategy strategy = options_.base;
          strategy.tensor = tensor;
          strategy.context = context;
          strategy.pipeline = pipeline;
          strategy.data = options_.devices / (tensor * context * pipeline);
          strategy.has_sequence_parallel = tensor > 1;
          if (options_.global_batch % strategy.data != 0) continue;
          VaryBatch(strategy, layers);
        }
      }
    }
    std::sort(result_.best.begin(), result_.best.end(), Faster);
    if (result_.best.size() > options_.keep) result_.best.resize(options_.keep);
    return std::move(result_);
  }

 private:
  static bool Faster(const Found& a, const Found& b) { return a.seconds < b.seconds; }

  void VaryBatch(Strategy strategy, std::int64_t layers) {
    const std::int64_t own = options_.global_batch / strategy.data;
    for (const std::int64_t expert : Divisors(std::max<std::int64_t>(graph_.experts, 1), 1 << 20)) {
      if (strategy.data % expert != 0 || !IsOpen(options_.expert, expert)) continue;
      strategy.expert = expert;
      for (const std::int64_t micro_batch : Divisors(own, 1024)) {
        if (!IsOpen(options_.micro_batch, micro_batch)) continue;
        strategy.micro_batch = micro_batch;
        strategy.accumulation = own / micro_batch;
        // What a block takes depends on nothing that is varied from here on.
        const BlockTimes blocks = TimeBlocks(graph_, strategy, machine_, constants_);
        for (const std::int64_t chunks :
             Divisors(std::max<std::int64_t>(layers / strategy.pipeline, 1),
                      strategy.pipeline > 1 ? 64 : 1)) {
          // An interleaved schedule deals its micro-batches to the stages in whole rounds.
          if (chunks > 1 && strategy.accumulation % strategy.pipeline != 0) break;
          if (!IsOpen(options_.chunks, chunks)) continue;
          strategy.chunks = chunks;
          VaryMemory(strategy, blocks);
        }
      }
    }
  }

  void VaryMemory(Strategy strategy, const BlockTimes& blocks) {
    static constexpr std::array kRecomputes = {Recompute::kNone, Recompute::kSelective,
                                               Recompute::kFull};
    static constexpr std::array kShardings = {Sharding::kNone, Sharding::kOptimizer,
                                              Sharding::kGradients, Sharding::kParameters};
    for (const Recompute recompute : kRecomputes) {
      if (!IsOpen(options_.recompute, recompute)) continue;
      strategy.recompute = recompute;
      for (const Sharding sharding : kShardings) {
        if (!IsOpen(options_.sharding, sharding)) continue;
        if (sharding != Sharding::kNone && strategy.data * strategy.context == 1) continue;
        // Parameters that are gathered for each micro-batch of each stage help nobody.
        if (sharding >= Sharding::kGradients && strategy.pipeline > 1) continue;
        strategy.sharding = sharding;
        Weigh(strategy, blocks);
      }
    }
  }

  void Weigh(const Strategy& strategy, const BlockTimes& blocks) {
    ++result_.valid;
    const double peak = LayOutMemory(graph_, strategy).HighestPeak();
    const bool fits = PeakFits(peak, machine_);
    // What cannot run is not timed, but for the one that comes nearest.
    if (!fits) {
      ++result_.too_large;
      if (result_.smallest && peak >= result_.smallest->peak_bytes) return;
    }
    const double seconds = TimeStep(blocks, strategy, machine_, constants_).Sum();
    const Found found{.strategy = strategy, .seconds = seconds, .peak_bytes = peak};
    if (!fits) {
      result_.smallest = found;
      return;
    }
    result_.best.push_back(found);
    if (result_.best.size() < 16 * options_.keep + 64) return;
    std::nth_element(result_.best.begin(),
                     result_.best.begin() + static_cast<std::ptrdiff_t>(options_.keep),
                     result_.best.end(), Faster);
    result_.best.resize(options_.keep);
  }

  const Graph& graph_;
  const Machine& machine_;
  const Constants& constants_;
  const SearchOptions& options_;
  SearchResult result_;
};

}  // namespace

Result<SearchResult> Search(const Graph& graph, const Machine& machine, const Constants& constants,
                            const SearchOptions& options) {
  constexpr std::int64_t kMost = 1'000'000;
  for (const auto& [name, value] :
       {std::pair{"devices", options.devices}, std::pair{"global_batch", options.global_batch}}) {
    if (value >= 1 && value <= kMost) continue;
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", name, value),
                Say("it is a whole number from 1 to {}", kMost));
  }
  Strategy whole = options.base;
  if (auto ok = Check(graph, whole, machine); !ok) return tl::unexpected(ok.error());
  SearchResult result = Searcher(graph, machine, constants, options).Run();
  if (result.valid == 0) {
    return Fail(ErrorCode::kInvalidInput,
                Say("no strategy lays {} out on {} devices with {} samples a step", graph.name,
                    options.devices, options.global_batch),
                Say("replicas, stages and heads must divide them"),
                Say("give a batch and a number of devices with common factors"));
  }
  return result;
}

}  // namespace epochcost::estimate
