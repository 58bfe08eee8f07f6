#pragma once
// Price sheets as a person writes them: TOML, as docs/prices.md tells.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/price.h"

namespace epochcost::tariff {

// The sheets of a file, in its order. Sheets of one name are versions of it, 1, 2, 3 … unless the
// file numbers them. `file_name` is for the errors only.
//
// Errors, all with file, line and column: kInvalidInput (malformed TOML, unknown key, currency or
// resource, missing source or date, no sheet at all, a negative, huge or otherwise impossible
// number, two versions of one name from the same instant, or in two currencies).
[[nodiscard]] Result<std::vector<PriceSheet>> ParseSheets(std::string_view toml,
                                                          std::string_view file_name);

// The sheet as TOML, with its version. ParseSheets gives the same sheet again, if it has a price at
// all and each Rate counts in the resource's own unit (RatePer).
[[nodiscard]] std::string ToToml(const PriceSheet& sheet);

// What `Rate::per` is: the base units in one priced unit of the resource, or, for memory priced per
// epoch, the bytes in a GB.
[[nodiscard]] Wide RatePer(Resource resource, MemoryBasis basis);

// What whoever chose this sheet should know, a sentence each: it begins in the future, it has no
// price for something, it rents what it cannot bill.
[[nodiscard]] std::vector<std::string> Warnings(const PriceSheet& sheet, UtcTime now);

// A price or a rented quantity: a decimal number from 0 up, in 1e-9. Error kInvalidInput names the
// thing (`what`: "the price of gpu").
[[nodiscard]] Result<NanoMoney> ParseAmount(std::string_view what, std::string_view text);

}  // namespace epochcost::tariff
