#pragma once
// Series for the tests of this room, the same on every machine.

#include <cmath>
#include <cstdint>
#include <vector>

namespace epochcost::arima {

// Independent values with mean 0 and variance near 1: sums of twelve uniform ones.
inline std::vector<double> MadeUpNoise(int count, std::uint64_t seed) {
  std::vector<double> out;
  std::uint64_t state = seed * 2654435761U + 1;
  for (int i = 0; i < count; ++i) {
    double sum = -6;
    for (int k = 0; k < 12; ++k) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      sum += static_cast<double>(state >> 11) / 9007199254740992.0;
    }
    out.push_back(sum);
  }
  return out;
}

inline std::vector<double> MadeUpWalk(int count, std::uint64_t seed) {
  std::vector<double> out = MadeUpNoise(count, seed);
  for (std::size_t i = 1; i < out.size(); ++i) out[i] += out[i - 1];
  return out;
}

// An autoregression of order one about `mean`.
inline std::vector<double> MadeUpAr(int count, double phi, double mean, std::uint64_t seed) {
  std::vector<double> out = MadeUpNoise(count, seed);
  out[0] /= std::sqrt(1 - phi * phi);
  for (std::size_t i = 1; i < out.size(); ++i) out[i] += phi * out[i - 1];
  for (double& value : out) value += mean;
  return out;
}

}  // namespace epochcost::arima
