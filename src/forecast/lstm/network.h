#pragma once
// The network: an embedding of the workload, one LSTM layer, one hidden layer, five quantiles.
//
// The forward pass is written out here (Hochreiter and Schmidhuber, "Long short-term memory",
// Neural Computation 9(8), 1997, with the forget gate of Gers et al., 2000; gates in PyTorch's
// order input, forget, cell, output), so that a forecast needs no libtorch. Training does: see
// trainer.h.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "forecast/lstm/inputs.h"

namespace epochcost::forecast::lstm {

inline constexpr std::array kQuantiles = {0.025, 0.1, 0.5, 0.9, 0.975};
inline constexpr std::size_t kEmbedding = 6;
// The last layer's numbers are so much larger than what they say.
inline constexpr float kOutputScale = 0.1F;

// Where each matrix lies in one row of floats; matrices by rows, as PyTorch has them.
struct Layout {
  std::size_t workloads;  // known ones; one more row of the embedding is for all others
  std::size_t hidden;
  [[nodiscard]] std::size_t Embedding() const { return (workloads + 1) * kEmbedding; }
  [[nodiscard]] std::size_t FromInput() const { return 4 * hidden * (kInputs + kEmbedding); }
  [[nodiscard]] std::size_t FromState() const { return 4 * hidden * hidden; }
  [[nodiscard]] std::size_t GateBias() const { return 4 * hidden; }
  [[nodiscard]] std::size_t Middle() const { return hidden * hidden; }
  [[nodiscard]] std::size_t MiddleBias() const { return hidden; }
  [[nodiscard]] std::size_t Last() const { return kQuantiles.size() * hidden; }
  [[nodiscard]] std::size_t LastBias() const { return kQuantiles.size(); }
  [[nodiscard]] std::size_t All() const {
    return Embedding() + FromInput() + FromState() + GateBias() + Middle() + MiddleBias() + Last() +
           LastBias();
  }
};

// Who ran the runs that the networks have learnt from, and which network has not seen theirs.
struct Teacher {
  std::string owner;
  std::int32_t unseen_by = kNone;
  static constexpr std::int32_t kNone = -1;
  friend bool operator==(const Teacher&, const Teacher&) = default;
};

// Networks that learnt from different owners' runs; their answers are averaged. Immutable.
class Network {
 public:
  // `members` have Layout{workloads.size(), hidden}.All() floats each; at least one. `workloads`
  // and `teachers` are sorted, the latter by owner.
  Network(std::vector<std::string> workloads, std::size_t hidden,
          std::vector<std::vector<float>> members, std::vector<Teacher> teachers)
      : workloads_(std::move(workloads)),
        hidden_(hidden),
        members_(std::move(members)),
        teachers_(std::move(teachers)) {}

  using Answer = std::array<double, kQuantiles.size()>;
  // Quantiles of log((mean rate of the rest) ÷ level) after the last of `inputs`, increasing. An
  // unknown workload is one of none in particular. `inputs` must not be empty. With `owner_apart`,
  // only what was learnt without that owner's runs; nothing where every network has seen them.
  [[nodiscard]] std::optional<Answer> Ahead(std::string_view workload,
                                            std::span<const std::array<float, kInputs>> inputs,
                                            std::string_view owner_apart = {}) const;

  [[nodiscard]] const std::vector<std::string>& Workloads() const { return workloads_; }
  [[nodiscard]] const std::vector<Teacher>& Teachers() const { return teachers_; }
  [[nodiscard]] std::size_t Hidden() const { return hidden_; }
  [[nodiscard]] const std::vector<std::vector<float>>& Members() const { return members_; }

  // The bytes of a weights file, little-endian (docs/forecast-lstm.md). Read: error kUnsupported
  // for what is no weights file or of another version, kCorrupt for one that was cut or altered.
  [[nodiscard]] std::string Write() const;
  [[nodiscard]] static Result<Network> Read(std::string_view bytes);

 private:
  [[nodiscard]] Answer AnswerOf(const std::vector<float>& member, std::size_t workload,
                                std::span<const std::array<float, kInputs>> inputs) const;

  std::vector<std::string> workloads_;
  std::size_t hidden_;
  std::vector<std::vector<float>> members_;
  std::vector<Teacher> teachers_;
};

}  // namespace epochcost::forecast::lstm
