#include "ledger/share.h"

#include <cassert>

#include "base/text.h"

namespace epochcost::ledger {

Result<Wide> Share(Wide whole, Wide part, Wide all) {
  assert(whole >= 0 && part >= 0 && all > 0);
  // whole = q·all + r, so the result is q·part + ⌊r·part/all⌋, and r is smaller than all.
  Wide of_quotient = 0;
  Wide of_rest = 0;
  Wide sum = 0;
  if (__builtin_mul_overflow(whole / all, part, &of_quotient) ||
      __builtin_mul_overflow(whole % all, part, &of_rest) ||
      __builtin_add_overflow(of_quotient, of_rest / all, &sum)) {
    return Fail(ErrorCode::kOverflow, Say("{} × {} / {} leaves 128 bits", ToString(whole),
                                          ToString(part), ToString(all)));
  }
  return sum;
}

}  // namespace epochcost::ledger
