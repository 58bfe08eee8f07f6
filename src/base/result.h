#pragma once
// What the world can do wrong returns Result<T>; what only a bug can do asserts.

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace epochcost {

enum class ErrorCode {
  kInvalidInput,  // a person or a file said something that cannot be
  kNotFound,      // the thing named does not exist
  kPermission,    // it exists and we may not
  kUnavailable,   // it may work later: locked, disconnected, full
  kUnsupported,   // this kernel, file version or machine cannot
  kOverflow,      // the number does not fit; nothing was clamped
  kConflict,      // same identity, other content
  kCorrupt,       // stored bytes do not say what they should
  kIo,            // the operating system refused
};

// What went wrong, for a person: `what` names the thing and the value, `why` the reason, `hint`
// what to do. `why` and `hint` may be empty.
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string what;
  std::string why;
  std::string hint;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> Fail(ErrorCode code, std::string what,
                                                std::string why = {}, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(what), std::move(why), std::move(hint)});
}

// The system's own words for `errno_value`, with its symbol: "No space left on device (ENOSPC)".
[[nodiscard]] std::string SystemReason(int errno_value);

// The form in which a person meets an error, up to three lines without a trailing newline:
//   error: no such run: 7f3a
//     because …
//     hint: …
[[nodiscard]] std::string Describe(const Error& error);

}  // namespace epochcost
