#pragma once
// The live view of a run on one screen. Pure: what is known in, cells out.

#include <optional>
#include <string>
#include <vector>

#include "app/watch/canvas.h"
#include "app/watch/history.h"
#include "model/cost.h"
#include "model/run.h"
#include "probe/gpu/gpu_source.h"

namespace epochcost::app::watch {

// What takes the middle of the screen where there is no room for all.
enum class Focus { kEpochs, kAlerts, kGpus };

struct Scene {
  RunCost cost;
  std::optional<Project> project;  // its budget
  Money project_total;
  std::vector<probe::LiveGpu> gpus;
  Nanos age;  // of the newest reading, while the run goes on
  bool is_paused = false;
  bool shows_help = false;
  Focus focus = Focus::kEpochs;
  std::string trouble;  // the ledger could not be read: why
};

// Below 40×10 one line says that there is no room.
[[nodiscard]] Canvas Draw(const Scene& scene, const History& history, int width, int height,
                          bool ascii);

}  // namespace epochcost::app::watch
