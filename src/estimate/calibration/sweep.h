#pragma once
// What a sweep over a machine measured: single operators, timed by the library that trains there.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/constants.h"
#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

enum class SweepKind : std::uint8_t {
  kProduct,      // rows × weights
  kBatched,      // attention's products, each a kernel of its own
  kAttention,    // attention in one kernel
  kConvolution,  // over pictures
  kMoving,       // the sum of two vectors
  kNorm,         // of a batch of pictures
  kSoftmax,
  kPool,        // maxima of 2 × 2
  kChain,       // products too small to take time: the way to a kernel
  kUpdate,      // a step of Adam
  kCollective,  // all-reduce between processes
};
inline constexpr std::size_t kSweepKindCount = 11;
[[nodiscard]] std::string_view Name(SweepKind kind);  // "product"

// One operator on one shape, in seconds. `backward` is 0 where the operator has none or the library
// computes none. A sum (`shape` m, n, k and so on) is as the sweep's program names it.
struct Measured {
  SweepKind kind = SweepKind::kProduct;
  std::vector<std::int64_t> shape;  // as Keys(kind) names them
  double forward = 0;
  double backward = 0;
};
[[nodiscard]] const std::vector<std::string_view>& Keys(SweepKind kind);

struct SweptMachine {
  std::string library;    // "torch 2.5.1"
  std::string processor;  // as the kernel names it
  std::string host;
  std::int64_t threads = 1;  // that the library computes with
  std::int64_t cores = 1;
  std::int64_t memory_bytes = 0;
};

struct SweepProgress {
  std::int64_t done = 0;
  std::int64_t of = 1;
  std::string what;
};

struct SweepSkipped {
  std::string what;
  std::string why;
};

struct SweepFault {
  std::string library;
  std::string detail;
  std::string python;
};

// One line of the sweep's program. Errors: kInvalidInput names what is wrong with it; a time that
// is not above 0 or beyond an hour is.
using SweepLine = std::variant<SweptMachine, SweepProgress, SweepSkipped, SweepFault, Measured>;
[[nodiscard]] Result<SweepLine> ParseSweepLine(std::string_view line);

struct Sweep {
  SweptMachine machine;
  std::vector<Measured> measured;
  std::vector<SweepSkipped> skipped;
};

// Operations of a measurement's forward pass that are matrix products; 0 where it has none.
[[nodiscard]] double MatrixOps(const Measured& measured);

// What the time model says of a measurement, forward and backward, by the same code that times a
// training's operators.
struct SweepSeconds {
  double forward = 0;
  double backward = 0;
};
[[nodiscard]] SweepSeconds PredictMeasured(const Measured& measured, const Machine& machine,
                                           const Constants& constants);

}  // namespace epochcost::estimate
