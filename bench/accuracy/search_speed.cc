// How many strategies a core weighs per second: search_speed [MODEL] [DEVICES] [BATCH].
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "estimate/graph/models.h"
#include "estimate/search/search.h"
#include "steps.h"

int main(int argc, char** argv) {
  using namespace epochcost;
  const std::string model = argc > 1 ? argv[1] : "gpt3-175b";
  const long devices = argc > 2 ? std::atol(argv[2]) : 1024;
  const long batch = argc > 3 ? std::atol(argv[3]) : 1536;
  const auto graph = estimate::BuildModel(model);
  if (!graph) {
    fmt::print(stderr, "{}\n", Describe(graph.error()));
    return 1;
  }
  const estimate::Machine machine = accuracy::MachineOf("A100", 200e9);
  std::int64_t valid = 0;
  double seconds = 0;
  estimate::SearchResult result;
  while (seconds < 2) {
    const auto start = std::chrono::steady_clock::now();
    auto found = Search(*graph, machine, estimate::Constants(),
                        {.devices = devices, .global_batch = batch, .base = {}});
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!found) {
      fmt::print(stderr, "{}\n", Describe(found.error()));
      return 1;
    }
    valid += found->valid;
    result = std::move(*found);
  }
  fmt::print(
      "{} on {} × {}, {} samples a step: {} valid strategies, {} too large; {:.3g} a second\n",
      model, devices, machine.device, batch, result.valid, result.too_large,
      static_cast<double>(valid) / seconds);
  for (const estimate::Found& found : result.best) {
    fmt::print("  {:8.3f} s  {:5.1f} GB  {}\n", found.seconds, found.peak_bytes / 1e9,
               Describe(found.strategy));
  }
  return 0;
}
