#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "forecast/lstm/inputs.h"
#include "forecast/lstm/lstm_member.h"
#include "forecast/lstm/network.h"

namespace epochcost::forecast::lstm {
namespace {

// Weights that need no training: small, all different, the same everywhere.
Network MadeUpNetwork(std::size_t members = 2) {
  const std::vector<std::string> workloads{"bert", "resnet"};
  const std::size_t hidden = 3;
  std::vector<std::vector<float>> weights;
  for (std::size_t i = 0; i < members; ++i) {
    std::vector<float>& member = weights.emplace_back(Layout{workloads.size(), hidden}.All());
    for (std::size_t k = 0; k < member.size(); ++k) {
      member[k] = static_cast<float>(std::sin(static_cast<double>(7 * k + 3 * i + 1)) * 0.5);
    }
  }
  return {workloads, hidden, weights, {{"Ada", 0}, {"Bob", 1}, {"Cy", Teacher::kNone}}};
}

std::vector<Unit> Units(const std::vector<double>& costs) {
  std::vector<Unit> units;
  for (const double cost : costs) units.push_back({.cost = cost});
  return units;
}

// The same network as PyTorch's documentation writes it, one number at a time.
double ByHand(const Network& network, std::size_t member, std::size_t workload,
              const std::vector<std::array<float, kInputs>>& inputs, std::size_t quantile) {
  const std::vector<float>& w = network.Members()[member];
  const Layout layout{network.Workloads().size(), network.Hidden()};
  const std::size_t h = network.Hidden();
  const std::size_t from_input = layout.Embedding();
  const std::size_t from_state = from_input + layout.FromInput();
  const std::size_t bias = from_state + layout.FromState();
  const std::size_t middle = bias + layout.GateBias();
  const std::size_t middle_bias = middle + layout.Middle();
  const std::size_t last = middle_bias + layout.MiddleBias();
  const std::size_t last_bias = last + layout.Last();
  std::vector<double> state(h, 0.0);
  std::vector<double> cell(h, 0.0);
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (const auto& row : inputs) {
    std::vector<double> gate(4 * h);
    for (std::size_t g = 0; g < 4 * h; ++g) {
      gate[g] = w[bias + g];
      const std::size_t width = kInputs + kEmbedding;
      for (std::size_t i = 0; i < kInputs; ++i) gate[g] += w[from_input + g * width + i] * row[i];
      for (std::size_t i = 0; i < kEmbedding; ++i) {
        gate[g] += w[from_input + g * width + kInputs + i] * w[workload * kEmbedding + i];
      }
      for (std::size_t i = 0; i < h; ++i) gate[g] += w[from_state + g * h + i] * state[i];
    }
    for (std::size_t i = 0; i < h; ++i) {
      cell[i] = sigmoid(gate[h + i]) * cell[i] + sigmoid(gate[i]) * std::tanh(gate[2 * h + i]);
      state[i] = sigmoid(gate[3 * h + i]) * std::tanh(cell[i]);
    }
  }
  double out = w[last_bias + quantile];
  for (std::size_t i = 0; i < h; ++i) {
    double between = w[middle_bias + i];
    for (std::size_t k = 0; k < h; ++k) between += w[middle + i * h + k] * state[k];
    out += w[last + quantile * h + i] * std::tanh(between);
  }
  return out * kOutputScale;
}

TEST(Network, TheForwardPassIsTheDefinitionsOwn) {
  const Network network = MadeUpNetwork(1);
  const std::vector<Unit> units = Units({9, 5, 5.1, 4.9, 6});
  const Sequence sequence = InputsOf("epoch", 2, units, {.work = 10, .units = 10});
  const auto answer = network.Ahead("resnet", sequence.inputs);
  ASSERT_TRUE(answer.has_value());
  std::array<double, kQuantiles.size()> expected{};
  for (std::size_t q = 0; q < expected.size(); ++q) {
    expected[q] = ByHand(network, 0, 1, sequence.inputs, q);
  }
  std::sort(expected.begin(), expected.end());
  for (std::size_t q = 0; q < expected.size(); ++q) EXPECT_NEAR((*answer)[q], expected[q], 1e-5);
}

TEST(Network, AnOwnerApartIsAskedOfTheNetworkThatHasNotSeenIt) {
  const Network network = MadeUpNetwork();
  const std::vector<Unit> units = Units({9, 5, 5.1});
  const Sequence sequence = InputsOf("epoch", 2, units, {.work = 10, .units = 10});
  const Network first(network.Workloads(), network.Hidden(), {network.Members()[0]}, {});
  EXPECT_EQ(network.Ahead("bert", sequence.inputs, "Ada"), first.Ahead("bert", sequence.inputs));
  EXPECT_NE(network.Ahead("bert", sequence.inputs, "Bob"), first.Ahead("bert", sequence.inputs));
  EXPECT_FALSE(network.Ahead("bert", sequence.inputs, "Cy").has_value());
  EXPECT_EQ(network.Ahead("bert", sequence.inputs, "a stranger"),
            network.Ahead("bert", sequence.inputs));
}

TEST(Network, WhatIsWrittenIsRead) {
  const Network network = MadeUpNetwork();
  const auto read = Network::Read(network.Write());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->Workloads(), network.Workloads());
  EXPECT_EQ(read->Teachers(), network.Teachers());
  EXPECT_EQ(read->Members(), network.Members());
}

TEST(Network, ABrokenFileIsRefusedWhereverItIsCutOrAltered) {
  const std::string bytes = MadeUpNetwork().Write();
  for (std::size_t length = 0; length < bytes.size(); length += 7) {
    EXPECT_FALSE(Network::Read(bytes.substr(0, length)).has_value()) << length;
  }
  for (std::size_t at = 0; at < bytes.size(); at += 11) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 0x10);
    EXPECT_FALSE(Network::Read(altered).has_value()) << at;
  }
  EXPECT_FALSE(Network::Read(bytes + "x").has_value());
}

TEST(Network, AForeignFileIsNamedAsOne) {
  const auto foreign = Network::Read("PK\x03\x04 an archive of PyTorch");
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code, ErrorCode::kUnsupported);
  const auto later = Network::Read("epochcost-lstm 9\nwhatever");
  ASSERT_FALSE(later.has_value());
  EXPECT_EQ(later.error().code, ErrorCode::kUnsupported);
}

TEST(Inputs, DoNotDependOnTheUnitOfCost) {
  std::vector<Unit> units = Units({9, 5, 5.1, 4.9, 6, 5});
  const Plan plan{.work = 20, .units = 20};
  const Sequence one = InputsOf("epoch", 3, units, plan);
  for (Unit& unit : units) unit.cost *= 1024;
  const Sequence many = InputsOf("epoch", 3 * 1024, units, plan);
  for (std::size_t t = 0; t < one.inputs.size(); ++t) {
    for (std::size_t i = 0; i < kInputs; ++i) {
      EXPECT_NEAR(one.inputs[t][i], many.inputs[t][i], 1e-5);
    }
    EXPECT_NEAR(many.levels[t], 1024 * one.levels[t], 1e-6);
  }
}

TEST(Inputs, AreKnownAtTheirTimeAndNotChangedByWhatFollows) {
  const std::vector<Unit> units = Units({9, 5, 5.1, 4.9, 6, 5, 8, 2});
  const Plan plan{.work = 20, .units = 20};
  const Sequence all = InputsOf("block", 1, units, plan);
  const Sequence some = InputsOf("block", 1, std::span(units).first(4), plan);
  for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(all.inputs[t], some.inputs[t]);
}

TEST(Inputs, OfALongRunAreItsLastUnits) {
  const std::vector<Unit> units = Units(std::vector<double>(3000, 2.0));
  const Sequence sequence = InputsOf("epoch", 0, units, {.work = 4000, .units = 4000});
  ASSERT_EQ(sequence.inputs.size(), kLongest);
  EXPECT_FLOAT_EQ(sequence.inputs.back()[4], 0.5F);
}

TEST(LstmMember, AnswersFiniteAndPositiveForOddRuns) {
  const auto member = ShippedLstm();
  ASSERT_TRUE(member.has_value()) << member.error().what;
  for (const std::vector<double>& costs : {std::vector<double>{1e-9},
                                           {1e12, 1e-12, 1e12},
                                           std::vector<double>(700, 5.0),
                                           {1, 1, 1, 100, 1, 1}}) {
    const std::vector<Unit> units = Units(costs);
    const std::vector<PlannedUnit> ahead(1'000);
    const auto rest = (*member)->Forecast(
        {.workload = "of nobody", .unit = "epoch", .finished = units, .ahead = ahead});
    ASSERT_TRUE(rest.has_value());
    EXPECT_TRUE(std::isfinite(rest->cost) && rest->cost > 0);
    EXPECT_TRUE(std::isfinite(rest->deviation) && rest->deviation >= 0);
  }
}

TEST(LstmMember, NeedsOneFinishedUnit) {
  const auto member = ShippedLstm();
  ASSERT_TRUE(member.has_value());
  const std::vector<PlannedUnit> ahead(10);
  const auto rest = (*member)->Forecast({.unit = "epoch", .ahead = ahead});
  ASSERT_FALSE(rest.has_value());
  EXPECT_EQ(rest.error().code, ErrorCode::kUnsupported);
}

TEST(LstmMember, DeclinesWhereAWorkloadIsKeptApartOrEarlierRunsTellMore) {
  const auto member = ShippedLstm();
  ASSERT_TRUE(member.has_value());
  const std::vector<Unit> units = Units(std::vector<double>(8, 60.0));
  const std::vector<PlannedUnit> ahead(10);
  Known known{.workload = "bert", .unit = "block", .finished = units, .ahead = ahead};
  ASSERT_TRUE((*member)->Forecast(known).has_value());
  known.workload_apart = "bert";
  EXPECT_FALSE((*member)->Forecast(known).has_value());
  known.workload_apart.clear();
  const CompletedRun before{.units = units};
  const std::vector<const CompletedRun*> earlier{&before};
  known.earlier = earlier;
  EXPECT_FALSE((*member)->Forecast(known).has_value());
}

TEST(LstmMember, ASteadyRunGoesOnAsItDid) {
  const auto member = ShippedLstm();
  ASSERT_TRUE(member.has_value());
  std::vector<Unit> units = Units(std::vector<double>(30, 60.0));
  units[0].cost = 75;
  const std::vector<PlannedUnit> ahead(60);
  const auto rest = (*member)->Forecast(
      {.workload = "of nobody", .unit = "epoch", .before = 30, .finished = units, .ahead = ahead});
  ASSERT_TRUE(rest.has_value());
  EXPECT_NEAR(rest->cost, 3600, 0.02 * 3600);
}

}  // namespace
}  // namespace epochcost::forecast::lstm
