#include "forecast/blend/shipped.h"

namespace epochcost::embedded {
extern const std::string_view kForecastProfiles;  // catalog/forecast/profiles.tsv
extern const std::string_view kForecastErrors;    // catalog/forecast/errors.tsv
}  // namespace epochcost::embedded

namespace epochcost::forecast {

Result<Experience> ShippedExperience() {
  auto profiles = ReadProfiles(embedded::kForecastProfiles);
  if (!profiles) return tl::unexpected<Error>(profiles.error());
  Experience experience{.profiles = *std::move(profiles)};
  if (auto read = ReadErrors(embedded::kForecastErrors, experience); !read)
    return tl::unexpected<Error>(read.error());
  return experience;
}

}  // namespace epochcost::forecast
