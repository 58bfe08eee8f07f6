#pragma once
// The network as a member of the blend.

#include <memory>
#include <string_view>

#include "forecast/lstm/network.h"
#include "forecast/member.h"

namespace epochcost::forecast::lstm {

// What a network says of the rest, beside its median.
struct Quantiles {
  double level = 0;  // present rate
  std::array<double, kQuantiles.size()> cost{};
};

class LstmMember final : public Member {
 public:
  explicit LstmMember(Network network) : network_(std::move(network)) {}

  [[nodiscard]] std::string_view Name() const override { return "LSTM"; }
  // Needs one finished unit. Declines where earlier runs of the system are known, which tell more
  // than any network (docs/forecast-lstm.md), and where a workload is kept apart: every network has
  // seen all of them.
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
  [[nodiscard]] bool IsTrained() const override { return true; }
  // The same, whatever is known of earlier runs.
  [[nodiscard]] Result<Quantiles> QuantilesOf(const Known& known) const;

 private:
  Network network_;
};

// The member with the weights that come with the program, trained as docs/forecast-lstm.md says.
// Error kUnsupported or kCorrupt: the program was put together wrongly.
[[nodiscard]] Result<std::shared_ptr<const Member>> ShippedLstm();

}  // namespace epochcost::forecast::lstm
