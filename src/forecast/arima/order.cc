#include "forecast/arima/order.h"

#include <fmt/format.h>

namespace epochcost::arima {

std::string Describe(const Order& order) {
  std::string text = fmt::format("ARIMA({},{},{})", order.p, order.d, order.q);
  if (order.period > 1) {
    text += fmt::format("({},{},{})[{}]", order.seasonal_p, order.seasonal_d, order.seasonal_q,
                        order.period);
  }
  if (order.constant) text += order.Lost() == 0 ? " with mean" : " with drift";
  return text;
}

}  // namespace epochcost::arima
