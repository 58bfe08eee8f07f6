#include "probe/gpu/library.h"

#include <dlfcn.h>

#include "base/text.h"

namespace epochcost::probe {

Result<Library> Library::Open(const std::string& name) {
  void* const handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return Library(handle);
  const char* const why = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps one a thread
  return Fail(ErrorCode::kNotFound, Say("cannot load {}", name), why != nullptr ? why : "");
}

Library::~Library() {
  if (handle_ != nullptr) dlclose(handle_);
}

void* Library::Symbol(const char* name) const { return dlsym(handle_, name); }

}  // namespace epochcost::probe
