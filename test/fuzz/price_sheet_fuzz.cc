// Any bytes as a price sheet: an error or a sheet that survives being written and read again, never
// a crash.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tariff/presets.h"
#include "tariff/price_book.h"
#include "tariff/sheet_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace epochcost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)tariff::ParsePresets(text, "fuzz.toml");
  const auto sheets = tariff::ParseSheets(text, "fuzz.toml");
  if (!sheets) return 0;
  for (const PriceSheet& sheet : *sheets) {
    const auto again = tariff::ParseSheets(tariff::ToToml(sheet), "again.toml");
    if (!again || again->size() != 1 || again->front() != sheet) std::abort();
    (void)tariff::Warnings(sheet, UtcTime{0});
  }
  if (!tariff::PriceBook::Make(*sheets)) std::abort();  // what a file may say, a book must hold
  return 0;
}
