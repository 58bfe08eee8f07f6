#include "estimate/time/operator_time.h"

#include <algorithm>
#include <cmath>

namespace epochcost::estimate {
namespace {

constexpr double kTile = 128;

double BytesOf(Precision precision) {
  switch (precision) {
    case Precision::kFp64:
      return 8;
    case Precision::kFp32:
    case Precision::kTf32:
      return 4;
    case Precision::kFp16:
    case Precision::kBf16:
      return 2;
    case Precision::kFp8:
    case Precision::kInt8:
      return 1;
    case Precision::kFp4:
      return 0.5;
  }
  return 2;
}

}  // namespace

DeviceRates::DeviceRates(const Machine& machine, const Strategy& strategy,
                         const Constants& constants)
    : machine_(machine),
      strategy_(strategy),
      gemm_(constants[Constant::kGemm]),
      backward_(constants[Constant::kBackward]),
      imbalance_(constants[Constant::kImbalance]),
      depth_(constants[Constant::kGemmDepth]),
      wave_(std::min(1.0, constants[Constant::kWave])),
      attention_(constants[Constant::kAttention]),
      narrow_heads_(constants[Constant::kNarrowHeads]),
      convolution_(constants[Constant::kConvolution]),
      memory_rate_(constants[Constant::kMemory] * machine.memory_bandwidth),
      vector_(constants[Constant::kVector]),
      pooling_(constants[Constant::kPooling]),
      launch_(constants[Constant::kLaunch]),
      // Activations stay in 16 bits where only the products are narrower.
      element_bytes_(std::max(2.0, BytesOf(strategy.precision))),
      precision_(strategy.precision),
      companion_(BytesOf(strategy.precision) < 2 ? Precision::kBf16 : strategy.precision) {}

double DeviceRates::Product(double batch, double m, double n, double k, Precision precision,
                            double ease) const {
  const double tiles = batch * std::ceil(m / kTile) * std::ceil(n / kTile);
  const double waves = tiles / static_cast<double>(machine_.units);
  // A product of less than one wave is cut along its inner dimension instead.
  const double filled = waves >= 1 ? waves / std::ceil(waves) : std::sqrt(waves);
  const double used = 1 - wave_ * (1 - filled);
  const double reached = ease * gemm_ * used * k / (k + depth_);
  const double computing = 2 * batch * m * n * k / (machine_.Peak(precision) * reached);
  const double moving =
      Moving(batch * (BytesOf(precision) * (m * k + n * k) + element_bytes_ * m * n));
  return std::max(computing, moving);
}

double DeviceRates::Casting(double elements) const {
  if (precision_ == companion_) return 0;
  return Moving(elements * (element_bytes_ + 2 * BytesOf(precision_)));
}

double DeviceRates::FusedAttention(double ops, double head_dim) const {
  // Heads are padded to the 32 columns that a tile has.
  const double padded = std::ceil(head_dim / 32) * 32;
  const double narrow = std::pow(narrow_heads_, std::max(0.0, std::log2(128 / padded)));
  const double filled = head_dim / padded * narrow;
  return ops / (machine_.Peak(companion_) * attention_ * filled);
}

PassSeconds DeviceRates::Of(const Operator& op) const {
  switch (op.kind) {
    case OpKind::kGemm:
    case OpKind::kConvolution:
    case OpKind::kDepthwiseConvolution:
    case OpKind::kRouter:
      return OfProduct(op);
    case OpKind::kAttention:
      return OfAttention(op);
    default:
      return OfMoving(op);
  }
}

PassSeconds DeviceRates::OfProduct(const Operator& op) const {
  const auto samples = static_cast<double>(strategy_.micro_batch);
  double m = static_cast<double>(op.gemm.m) * samples / static_cast<double>(strategy_.context);
  double n = static_cast<double>(op.gemm.n);
  double k = static_cast<double>(op.gemm.k);
  double batch = static_cast<double>(std::max<std::int64_t>(op.gemm.batch, 1));
  if (op.is_expert && strategy_.expert > 1) {
    // A device keeps fewer experts and gets their rows from all that share them.
    batch = std::max(1.0, batch / static_cast<double>(strategy_.expert));
    m *= static_cast<double>(std::max<std::int64_t>(op.gemm.batch, 1)) / batch;
  }
  if (op.is_expert) m *= 1 + imbalance_;
  // Of a pair of products the first is cut along its outputs, the second along its inputs.
  if (op.is_split) (op.is_kept_split ? k : n) /= static_cast<double>(strategy_.tensor);
  const bool is_head = n > 4 * k * static_cast<double>(strategy_.tensor) && n > 16384;
  const bool is_wide = is_head || (op.is_expert && !strategy_.has_narrow_experts);
  const Precision precision = is_wide ? companion_ : precision_;
  PassSeconds seconds;
  // Parameters are cast once per step, whatever the number of micro-batches.
  const double cast_in =
      is_wide ? 0 : Casting(batch * (m * k + n * k / static_cast<double>(strategy_.accumulation)));
  const double cast_out = is_wide ? 0 : Casting(batch * m * n);
  const bool is_convolution =
      op.kind == OpKind::kConvolution || op.kind == OpKind::kDepthwiseConvolution;
  const double ease = is_convolution ? convolution_ : 1;
  seconds.forward = Product(batch, m, n, k, precision, ease) + cast_in + launch_;
  seconds.again = seconds.forward;
  seconds.backward = backward_ * (Product(batch, m, k, n, precision, ease) +
                                  Product(batch, k, n, m, precision, ease)) +
                     cast_out + 2 * launch_;
  return seconds;
}

PassSeconds DeviceRates::OfAttention(const Operator& op) const {
  const auto samples = static_cast<double>(strategy_.micro_batch);
  const double share = samples / static_cast<double>(strategy_.context) /
                       (op.is_split ? static_cast<double>(strategy_.tensor) : 1.0);
  const double left = op.is_causal ? 0.5 : 1;
  const GemmShape& shape = op.gemm;
  PassSeconds seconds;
  const double product = 2.0 * static_cast<double>(shape.batch) * static_cast<double>(shape.m) *
                         static_cast<double>(shape.n) * static_cast<double>(shape.k);
  if (static_cast<double>(op.forward_ops) < 1.01 * product) {
    // One of the two products, a kernel of its own: masked scores are computed as well.
    const double batch = static_cast<double>(shape.batch) * share;
    const auto m = static_cast<double>(shape.m);
    const auto n = static_cast<double>(shape.n);
    const auto k = static_cast<double>(shape.k);
    seconds.forward = Product(batch, m, n, k, companion_) + launch_;
    seconds.again = seconds.forward;
    seconds.backward =
        Product(batch, m, k, n, companion_) + Product(batch, k, n, m, companion_) + 2 * launch_;
    return seconds;
  }
  const auto head_dim = static_cast<double>(shape.k);
  const double ops = static_cast<double>(op.forward_ops) * share * left;
  seconds.forward = FusedAttention(ops, head_dim) + launch_;
  seconds.again = seconds.forward;
  // The scores are computed again in the backward pass: five products in place of two.
  seconds.backward = FusedAttention(ops * 2.5, head_dim) * 1.15 + launch_;
  return seconds;
}

PassSeconds DeviceRates::OfMoving(const Operator& op) const {
  const auto samples = static_cast<double>(strategy_.micro_batch);
  const bool is_divided = op.is_split || strategy_.has_sequence_parallel;
  const double share = samples / static_cast<double>(strategy_.context) /
                       (is_divided ? static_cast<double>(strategy_.tensor) : 1.0);
  // Without compiled kernels a chain goes through memory more often than the operators say.
  const double trips = strategy_.has_fused_kernels ? 1 : 1.6;
  const bool is_vector =
      op.kind == OpKind::kNorm || op.kind == OpKind::kSoftmax || op.kind == OpKind::kLoss;
  const double longer = op.kind == OpKind::kPool ? pooling_ : is_vector ? vector_ : 1;
  const double bytes = longer * trips * (op.kind == OpKind::kLoss ? 4 : element_bytes_);
  PassSeconds seconds;
  seconds.forward =
      Moving(bytes * share * static_cast<double>(op.forward_reads + op.forward_writes)) + launch_;
  seconds.again = seconds.forward;
  seconds.backward =
      Moving(bytes * share * static_cast<double>(op.backward_reads + op.backward_writes)) + launch_;
  return seconds;
}

}  // namespace epochcost::estimate
