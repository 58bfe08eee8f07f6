#include "forecast/lstm/network.h"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace epochcost::forecast::lstm {
namespace {

static_assert(std::endian::native == std::endian::little);

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Rows>;
using Vector = Eigen::ArrayXf;

// Takes one matrix after the other from a row of floats.
class Reader {
 public:
  explicit Reader(const std::vector<float>& weights) : at_(weights.data()) {}
  View Take(std::size_t rows, std::size_t columns) {
    const View view(at_, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    at_ += rows * columns;
    return view;
  }

 private:
  const float* at_;
};

}  // namespace

Network::Answer Network::AnswerOf(const std::vector<float>& member, std::size_t workload,
                                  std::span<const std::array<float, kInputs>> inputs) const {
  const auto hidden = static_cast<Eigen::Index>(hidden_);
  const View seen(inputs.front().data(), static_cast<Eigen::Index>(inputs.size()),
                  static_cast<Eigen::Index>(kInputs));
  Reader reader(member);
  const View embedding = reader.Take(workloads_.size() + 1, kEmbedding);
  const View from_input = reader.Take(4 * hidden_, kInputs + kEmbedding);
  const View from_state = reader.Take(4 * hidden_, hidden_);
  const View gate_bias = reader.Take(4 * hidden_, 1);
  const View middle = reader.Take(hidden_, hidden_);
  const View middle_bias = reader.Take(hidden_, 1);
  const View last = reader.Take(kQuantiles.size(), hidden_);
  const View last_bias = reader.Take(kQuantiles.size(), 1);

  const Eigen::VectorXf constant =
      gate_bias.col(0) + from_input.rightCols(kEmbedding) *
                             embedding.row(static_cast<Eigen::Index>(workload)).transpose();
  // A column a step: what does not depend on the state is one product for all steps.
  Eigen::MatrixXf gates = from_input.leftCols(kInputs) * seen.transpose();
  gates.colwise() += constant;
  const Eigen::MatrixXf recurrent = from_state;
  Eigen::VectorXf state = Eigen::VectorXf::Zero(hidden);
  Vector cell = Vector::Zero(hidden);
  // A sigmoid of x is (1 + tanh(x ÷ 2)) ÷ 2: one function, for which there is a fast form, on all
  // gates at once.
  Vector half = Vector::Constant(4 * hidden, 0.5F);
  half.segment(2 * hidden, hidden).setOnes();
  const Vector rest = 1.0F - half;
  Vector gate(4 * hidden);
  for (Eigen::Index t = 0; t < seen.rows(); ++t) {
    gates.col(t).noalias() += recurrent * state;
    gate = gates.col(t).array() * half;
    gate = gate.tanh() * half + rest;
    cell =
        gate.segment(hidden, hidden) * cell + gate.head(hidden) * gate.segment(2 * hidden, hidden);
    state = (gate.tail(hidden) * cell.tanh()).matrix();
  }
  const Eigen::VectorXf between = (middle * state + middle_bias.col(0)).array().tanh().matrix();
  const Eigen::VectorXf out = (last * between + last_bias.col(0)) * kOutputScale;
  Answer answer{};
  for (std::size_t q = 0; q < answer.size(); ++q) {
    answer[q] = static_cast<double>(out[static_cast<Eigen::Index>(q)]);
  }
  return answer;
}

std::optional<Network::Answer> Network::Ahead(std::string_view workload,
                                              std::span<const std::array<float, kInputs>> inputs,
                                              std::string_view owner_apart) const {
  const auto found = std::ranges::lower_bound(workloads_, workload);
  const bool is_known = found != workloads_.end() && *found == workload;
  const auto row =
      is_known ? static_cast<std::size_t>(found - workloads_.begin()) : workloads_.size();
  const auto teacher = std::ranges::lower_bound(teachers_, owner_apart, {}, &Teacher::owner);
  const bool was_seen =
      !owner_apart.empty() && teacher != teachers_.end() && teacher->owner == owner_apart;
  Answer sum{};
  double count = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (was_seen && teacher->unseen_by != static_cast<std::int32_t>(i)) continue;
    const Answer answer = AnswerOf(members_[i], row, inputs);
    for (std::size_t q = 0; q < sum.size(); ++q) sum[q] += answer[q];
    ++count;
  }
  if (count == 0) return std::nullopt;
  for (double& value : sum) value /= count;
  std::ranges::sort(sum);
  return sum;
}

}  // namespace epochcost::forecast::lstm
