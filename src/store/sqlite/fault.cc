#include "store/sqlite/fault.h"

#include <sqlite3.h>

#include <cerrno>

#include "base/text.h"
#include "base/time.h"

namespace epochcost::store::sqlite {
namespace {

bool IsFull(const Refusal& refusal) {
  // EFBIG: a limit on the size of files, which is a disk that is full for this process alone.
  return (refusal.extended_code & 0xFF) == SQLITE_FULL || refusal.system_errno == ENOSPC ||
         refusal.system_errno == EDQUOT || refusal.system_errno == EFBIG;
}

std::string Reason(const Refusal& refusal) {
  if (refusal.system_errno == 0) return refusal.message;
  return refusal.message + ": " + SystemReason(refusal.system_errno);
}

Error Full(const Refusal& refusal, const std::string& path) {
  return {ErrorCode::kUnavailable, Say("the ledger {} cannot grow", path),
          refusal.system_errno == 0 ? Say("the disk is full") : SystemReason(refusal.system_errno),
          Say("free some space; nothing was half written")};
}

Error Locked(const std::string& path, Nanos busy_timeout) {
  return {ErrorCode::kUnavailable, Say("the ledger {} is locked", path),
          Say("another program was writing to it for longer than {}", FormatDuration(busy_timeout)),
          Say("try again; this shows who has it open: fuser -v {}", path)};
}

Error Damage(const Refusal& refusal, const std::string& path) {
  return {ErrorCode::kCorrupt, Say("the ledger {} is damaged", path), Reason(refusal),
          Say("keep a copy of it and its -wal file; what can be read: sqlite3 {} .recover", path)};
}

Error Refused(const Refusal& refusal, const std::string& path) {
  return {ErrorCode::kPermission, Say("the ledger {} may not be used", path), Reason(refusal),
          Say("give this user the right to read and write the file and its folder, or name another "
              "ledger: --db FILE")};
}

}  // namespace

Error Explain(const Refusal& refusal, const std::string& path, Nanos busy_timeout) {
  if (IsFull(refusal)) return Full(refusal, path);
  switch (refusal.extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Locked(path, busy_timeout);
    case SQLITE_NOTADB:
      return {ErrorCode::kCorrupt, Say("{} is not a ledger", path),
              Say("it is not an SQLite database"),
              Say("name another with --db FILE, or move this one away and a new one is made")};
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:     // a table or column that the schema's version promises is not there
    case SQLITE_MISMATCH:  // a stored value is not of its column's type
    case SQLITE_CONSTRAINT:
      return Damage(refusal, path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return Refused(refusal, path);
    default:
      return {ErrorCode::kIo, Say("the ledger {} cannot be used", path), Reason(refusal), {}};
  }
}

}  // namespace epochcost::store::sqlite
