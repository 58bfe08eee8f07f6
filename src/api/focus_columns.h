#pragma once
// The columns of the FOCUS 1.2 export, as data: the file's header, its rows, its documentation and
// its tests come from this table. Mandatory columns, the conditional ones whose condition holds
// here (unit prices, tags, sub-accounts, regions, measured usage, types of resources), the
// recommended ones, and our own, which begin with x_ and come last.

#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/ledger_line.h"
#include "model/price.h"
#include "model/run.h"

namespace epochcost::api {

// One charge: a ledger line, or the sum of lines that have all names in common.
struct FocusRow {
  const Run* run = nullptr;
  const PriceSheet* sheet = nullptr;  // the version that priced it
  Resource resource{};
  Scope scope;
  std::int32_t replica = 0;
  UtcTime t0;
  UtcTime t1;
  Wide quantity = 0;       // base units
  Wide average_bytes = 0;  // what memory priced per epoch is priced by
  Wide amount_nano = 0;
  Quality quality = Quality::kMeasured;
  SourceKind source = SourceKind::kNone;
  std::int64_t lines = 0;
  std::string line_id;  // of a single line: agent/boot/seq
};

enum class FocusType { kString, kDecimal, kDateTime, kJson };

struct FocusColumn {
  std::string_view name;
  FocusType type;
  bool nullable;
  std::string (*value)(const FocusRow& row);  // empty is null
};

[[nodiscard]] std::span<const FocusColumn> FocusColumns();

}  // namespace epochcost::api
