#pragma once

#include <string>

#include "base/result.h"

namespace epochcost::probe {

// A shared library that is looked for at run time. Move-only; stays mapped while it lives.
class Library {
 public:
  // Error kNotFound, with the loader's words.
  [[nodiscard]] static Result<Library> Open(const std::string& name);
  Library(Library&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Library& operator=(Library&&) = delete;
  ~Library();

  // Null where the library does not have it.
  template <class Function>
  void Find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(Symbol(name));
  }

 private:
  explicit Library(void* handle) : handle_(handle) {}
  [[nodiscard]] void* Symbol(const char* name) const;

  void* handle_;
};

}  // namespace epochcost::probe
