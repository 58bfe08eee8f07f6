#include "forecast/lstm/lstm_member.h"

#include <cmath>
#include <utility>

#include "base/text.h"
#include "forecast/lstm/inputs.h"
#include "forecast/series.h"

namespace epochcost::embedded {
extern const std::string_view kLstmWeights;
}

namespace epochcost::forecast::lstm {
namespace {

// What lies further back, the network has forgotten.
constexpr std::size_t kWalked = 128;

}  // namespace

Result<Quantiles> LstmMember::QuantilesOf(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  if (!known.workload_apart.empty()) {
    return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
                Say("every network has learnt from runs of {}", known.workload_apart));
  }
  const Sequence sequence =
      InputsOf(known.unit, known.before, known.finished, PlanOf(known), kWalked);
  const auto shares = network_.Ahead(known.workload, sequence.inputs, known.owner_apart);
  if (!shares) {
    return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
                Say("every network has learnt from the runs of {}", known.owner_apart));
  }
  Quantiles quantiles{.level = sequence.levels.back()};
  const double plain = quantiles.level * WorkOf(known.ahead);
  for (std::size_t q = 0; q < shares->size(); ++q) {
    quantiles.cost[q] = plain * std::exp((*shares)[q]);
  }
  return quantiles;
}

Result<Rest> LstmMember::Forecast(const Known& known) const {
  if (!known.earlier.empty()) {
    return Fail(ErrorCode::kUnsupported, Say("this method is not needed"),
                Say("earlier runs of this system tell more"));
  }
  const auto quantiles = QuantilesOf(known);
  if (!quantiles) return tl::unexpected(quantiles.error());
  const std::array<double, kQuantiles.size()>& cost = quantiles->cost;
  // Half the distance of the 10 % and 90 % quantiles is 1.28 standard deviations of a normal.
  return Rest{.cost = cost[2], .deviation = (cost[3] - cost[1]) / 2 / 1.2815515655446004};
}

Result<std::shared_ptr<const Member>> ShippedLstm() {
  auto network = Network::Read(embedded::kLstmWeights);
  if (!network) return tl::unexpected(network.error());
  return std::make_shared<const LstmMember>(std::move(*network));
}

}  // namespace epochcost::forecast::lstm
