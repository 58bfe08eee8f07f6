#include "app/context.h"

#include <unistd.h>

#include <iostream>

#include "api/json.h"
#include "base/text.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::app {

Result<std::unique_ptr<store::Store>> Context::OpenLedger(bool read_only) const {
  const std::string path = ledger.empty() ? data_home + "/ledger.db" : ledger;
  if (read_only && access(path.c_str(), F_OK) != 0) {
    return Fail(ErrorCode::kNotFound, Say("no ledger at {}", path),
                Say("nothing was metered here yet"),
                Say("meter a training: epochcost run -- python3 train.py"));
  }
  return store::sqlite::Open(
      path,
      read_only ? store::sqlite::OpenMode::kReadOnly : store::sqlite::OpenMode::kReadWriteCreate,
      Nanos{5 * kNanosPerSecond});
}

void Complain(Context& context, const Error& error) {
  if (context.json) std::cout << api::ErrorJson(error) << "\n";
  std::cerr << Describe(error) << "\n";
  context.exit_code = error.code == ErrorCode::kInvalidInput ? 2 : 1;
}

}  // namespace epochcost::app
