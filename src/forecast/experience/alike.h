#pragma once
// Runs of others that began alike tell how this one goes on.

#include <optional>
#include <span>
#include <vector>

#include "forecast/experience/profile.h"
#include "forecast/member.h"

namespace epochcost::forecast {

// What the profiles that began alike say: the logarithm of (mean rate of the rest ÷ this run's
// present rate), its weighted median, and how far they disagree (weighted mean distance from it).
struct Likeness {
  double shift = 0;
  double disagreement = 0;
  double present_rate = 0;
  std::int64_t profiles = 0;  // that counted
};

// Every profile that is longer than this run so far is compared with it, unit by unit, relative to
// the present rate (the median of the last 20 units, the first of all left out); the nearer, the
// more it counts. Profiles of the run's own workload come first; those of others make up for what
// is missing where few are known.
//
// The profiles are borrowed and must outlive the member.
class Alike final : public Member {
 public:
  explicit Alike(std::span<const Profile> profiles) : profiles_(profiles) {}
  [[nodiscard]] std::string_view Name() const override { return "runs that began alike"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
  // Error kUnsupported: nothing finished yet, or no profile is longer than this run.
  [[nodiscard]] Result<Likeness> Compare(const Known& known) const;

 private:
  std::span<const Profile> profiles_;
};

}  // namespace epochcost::forecast
