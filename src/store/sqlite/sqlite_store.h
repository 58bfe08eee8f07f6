#pragma once
// The keeping in one SQLite file, for any number of processes of one machine.

#include <memory>
#include <string>

#include "base/quantity.h"
#include "base/result.h"
#include "store/store.h"

namespace epochcost::store::sqlite {

enum class OpenMode {
  kReadWriteCreate,  // the file is made if it is not there; its folder is not
  kReadOnly,         // works beside a writer, and on a file that cannot be written
};

// Opens the ledger at `path` and brings its schema to this program's version. Another process's
// transaction is waited for up to `busy_timeout`, here and in every call.
//
// Errors: kNotFound (no file to read, or no folder to make it in), kPermission, kUnavailable
// (locked, disk full), kCorrupt (damaged, or no database), kInvalidInput (a folder, or the database
// of another program), kUnsupported (of a newer version, or on a disk that cannot have one).
[[nodiscard]] Result<std::unique_ptr<Store>> Open(const std::string& path, OpenMode mode,
                                                  Nanos busy_timeout);

}  // namespace epochcost::store::sqlite
