#include "tariff/reference.h"

#include <cassert>

#include "tariff/embedded.h"
#include "tariff/sheet_file.h"

namespace epochcost::tariff {

PriceSheet ReferenceSheet() {
  const auto sheets = ParseSheets(embedded::kReferenceToml, "reference.toml");
  assert(sheets && sheets->size() == 1);  // part of the program, and a test parses it
  return sheets->front();
}

}  // namespace epochcost::tariff
