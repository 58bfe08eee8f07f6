#include "aims.h"

#include <algorithm>
#include <array>

namespace epochcost::accuracy {
namespace {

constexpr std::array<Aim, 23> kAims = {{
    {Split::kCounts, "counts", "", 0.2, 0.1},
    {.split = Split::kHalves,
     .table = "mpt",
     .row_class = "",
     .floor = 3.5,
     .goal = 2.2,
     .p90_floor = 8,
     .best_known = "SimuMax 1.5 (A100, its own machine), Calculon 3.65"},
    {Split::kHalves, "dgxc", "H100 BF16 reduced", 0, 0},
    {Split::kHalves, "dgxc", "H100 FP8 reduced", 0, 0},
    {Split::kHalves, "dgxc", "H100 BF16", 2, 1},
    {Split::kHalves, "dgxc", "H100 FP8", 4, 2.5},
    {.split = Split::kHalves,
     .table = "bigscience",
     .row_class = "",
     .floor = 5,
     .goal = 3.5,
     .p90_floor = 10},
    {.split = Split::kHalves,
     .table = "vtrain",
     .row_class = "",
     .floor = 8,
     .goal = 5.5,
     .median_floor = 5,
     .median_goal = 2.5,
     .best_known = "vTrain 14.7 on many nodes"},
    {Split::kLeftOut, "mpt", "", 5, 3},
    {Split::kLeftOut, "dgxc", "H100 BF16 reduced", 0, 0},
    {Split::kLeftOut, "dgxc", "H100 FP8 reduced", 0, 0},
    {Split::kLeftOut, "dgxc", "H100 BF16", 5, 3},
    {Split::kLeftOut, "dgxc", "H100 FP8", 9, 6},
    {Split::kLeftOut, "vtrain", "", 10, 6},
    {.split = Split::kUnseenTable,
     .table = "all",
     .row_class = "",
     .floor = 17,
     .goal = 10,
     .best_known = "17 to 54"},
    {Split::kRegret, "", "", 5, 2},
    {.split = Split::kLeftOut,
     .table = "timm",
     .row_class = "nchw torch 1.12, model unseen",
     .floor = 8,
     .goal = 4.5,
     .best_known = "16 from multiply-adds"},
    {Split::kLeftOut, "dle", "V100 FP32", 15, 8},
    {Split::kLeftOut, "dle", "V100 mixed", 15, 8},
    {.split = Split::kMemory,
     .table = "memory",
     .row_class = "golden, steady",
     .floor = 2.5,
     .goal = 1,
     .best_known = "SimuMax 0.46 on its own machine"},
    {Split::kMemory, "memory", "golden, peak", 4, 1.5},
    {Split::kPower, "power", "one node", 4, 2},
    {Split::kPower, "power", "many nodes", 15, 6},
}};

}  // namespace

const Aim* FindAim(Split split, std::string_view table, std::string_view row_class) {
  const auto* const found = std::find_if(kAims.begin(), kAims.end(), [&](const Aim& aim) {
    return aim.split == split && (aim.table.empty() || aim.table == table) &&
           row_class.starts_with(aim.row_class);
  });
  // A floor of 0: scored, and nothing asked.
  return found == kAims.end() || found->floor <= 0 ? nullptr : found;
}

}  // namespace epochcost::accuracy
