#pragma once
// How long one device computes at an operator: the longer of its operations and its bytes.

#include <cstdint>

#include "estimate/calibration/constants.h"
#include "estimate/graph/graph.h"
#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

// Seconds of one micro-batch on one device.
struct PassSeconds {
  double forward = 0;
  double backward = 0;
  double again = 0;  // of the forward pass, if its layer is computed again
  PassSeconds& operator+=(const PassSeconds& other) {
    forward += other.forward;
    backward += other.backward;
    again += other.again;
    return *this;
  }
  [[nodiscard]] PassSeconds Times(double count) const {
    return {forward * count, backward * count, again * count};
  }
};

// A device at work, with a strategy's precision and a calibration's constants.
class DeviceRates {
 public:
  DeviceRates(const Machine& machine, const Strategy& strategy, const Constants& constants);

  // C[m×n] = A[m×k] · B[k×n], `batch` times: tiles of 128 × 128 over the device's units, in waves;
  // or the time to move the three matrices, if that is longer. `ease`: how much faster than other
  // products this one's kernel computes.
  [[nodiscard]] double Product(double batch, double m, double n, double k, Precision precision,
                               double ease = 1) const;
  // `ops` operations of scores that are never written, heads of `head_dim`.
  [[nodiscard]] double FusedAttention(double ops, double head_dim) const;
  // Where products are narrower than 16 bits: reading `elements` and writing them twice, as they
  // are and transposed.
  [[nodiscard]] double Casting(double elements) const;
  [[nodiscard]] double Moving(double bytes) const { return bytes / memory_rate_; }
  [[nodiscard]] double Launch() const { return launch_; }
  [[nodiscard]] double ElementBytes() const { return element_bytes_; }

  // Errors do not exist: a graph and strategy that passed Check() have a time.
  [[nodiscard]] PassSeconds Of(const Operator& op) const;

 private:
  [[nodiscard]] PassSeconds OfProduct(const Operator& op) const;
  [[nodiscard]] PassSeconds OfAttention(const Operator& op) const;
  [[nodiscard]] PassSeconds OfMoving(const Operator& op) const;

  const Machine& machine_;
  const Strategy& strategy_;
  double gemm_;
  double backward_;
  double imbalance_;
  double depth_;
  double wave_;
  double attention_;
  double narrow_heads_;
  double convolution_;
  double memory_rate_;
  double vector_;
  double pooling_;
  double launch_;
  double element_bytes_;
  Precision precision_;  // of products with parameters
  Precision companion_;  // of attention and of the head
};

}  // namespace epochcost::estimate
