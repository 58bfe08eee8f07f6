#pragma once
// What the command line library says, said as this program says things: in the reader's language,
// naming the word, why, and what to write.

#include "base/result.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace epochcost::app {

// Titles and notes of help in the reader's language, for `app` and all of its commands.
void SpeakHelp(CLI::App& app);

// Why `app` could not make sense of its arguments. A word that is no command or no option is told
// with the nearest that is one.
[[nodiscard]] Error Misuse(const CLI::App& app, const CLI::ParseError& error);

}  // namespace epochcost::app
