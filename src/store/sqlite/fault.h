#pragma once
// What SQLite's refusals mean to a person.

#include <string>

#include "base/quantity.h"
#include "base/result.h"

namespace epochcost::store::sqlite {

// SQLite's extended result code, its message, and the errno behind it (0 if there is none).
struct Refusal {
  int extended_code = 0;
  std::string message;
  int system_errno = 0;
};

[[nodiscard]] Error Explain(const Refusal& refusal, const std::string& path, Nanos busy_timeout);

}  // namespace epochcost::store::sqlite
