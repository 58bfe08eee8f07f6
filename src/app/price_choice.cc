#include "app/price_choice.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "tariff/price_book.h"
#include "tariff/reference.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {

Result<PriceSheet> ChooseSheet(const Context& context, const std::string& file_name,
                               const std::string& sheet_name) {
  std::vector<PriceSheet> sheets = {tariff::ReferenceSheet()};
  if (!file_name.empty()) {
    std::ifstream file(file_name);
    const int reason = errno;
    std::error_code unknown;
    const bool is_folder = std::filesystem::is_directory(file_name, unknown);
    if (!file || is_folder) {
      return Fail(ErrorCode::kNotFound, Say("no price sheet can be read from {}", file_name),
                  SystemReason(is_folder ? EISDIR : reason),
                  Say("docs/prices.md shows a price sheet"));
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto parsed = tariff::ParseSheets(text, file_name);
    if (!parsed) return tl::unexpected(parsed.error());
    sheets = *std::move(parsed);
  } else if (!sheet_name.empty() && sheet_name != sheets.front().name.Value()) {
    const auto ledger = context.OpenLedger(true);
    if (!ledger) return tl::unexpected(ledger.error());
    auto stored = (*ledger)->Sheets();
    if (!stored) return tl::unexpected(stored.error());
    sheets = *std::move(stored);
  }
  const SheetName name = sheet_name.empty() ? sheets.front().name : SheetName{sheet_name};
  const auto book = tariff::PriceBook::Make(std::move(sheets));
  if (!book) return tl::unexpected(book.error());
  const auto sheet = book->At(name, context.clock.Utc());
  if (!sheet) return tl::unexpected(sheet.error());
  return **sheet;
}

}  // namespace epochcost::app
