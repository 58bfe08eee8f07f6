#include "app/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace epochcost::app {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value != nullptr ? value : "";
}

// As POSIX orders them. An unset locale says nothing about the terminal, which then is UTF-8 today.
bool LocaleIsUtf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = Variable(name);
    if (value.empty()) continue;
    if (value == "C" || value == "POSIX") return true;
    return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos ||
           value.find("utf-8") != std::string::npos || value.find('.') == std::string::npos;
  }
  return true;
}

}  // namespace

api::Style StyleOfStdout(bool plain) {
  api::Style style;
  const std::string terminal = Variable("TERM");
  style.ascii = plain || terminal == "linux" || !LocaleIsUtf8();
  if (!Variable("FORCE_COLOR").empty()) {
    style.colour = !plain;
  } else {
    style.colour =
        !plain && isatty(STDOUT_FILENO) == 1 && Variable("NO_COLOR").empty() && terminal != "dumb";
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  return style;
}

}  // namespace epochcost::app
