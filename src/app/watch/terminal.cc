#include "app/watch/terminal.h"

#include <curses.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace epochcost::app::watch {
namespace {

volatile std::sig_atomic_t g_ending = 0;

void End(int) { g_ending = 1; }

// Pairs of ncurses, by Tone.
constexpr short kColours[] = {-1,           -1,         -1,         COLOR_GREEN,   COLOR_RED,
                              COLOR_YELLOW, COLOR_CYAN, COLOR_BLUE, COLOR_MAGENTA, COLOR_YELLOW};

attr_t AttributesOf(Tone tone, bool colour) {
  attr_t attributes = A_NORMAL;
  if (tone == Tone::kStrong) attributes |= A_BOLD;
  if (tone == Tone::kFaint) attributes |= A_DIM;
  const auto number = static_cast<std::size_t>(tone);
  if (colour && kColours[number] >= 0) attributes |= COLOR_PAIR(number);
  if (!colour && (tone == Tone::kBad || tone == Tone::kWarning)) attributes |= A_BOLD;
  return attributes;
}

// The column behind "ESC [ row ; column R".
std::optional<int> CursorColumn() {
  constexpr std::string_view kAsk = "\r\xE2\x94\x80\x1b[6n";
  if (write(STDOUT_FILENO, kAsk.data(), kAsk.size()) < 0) return std::nullopt;
  std::string answer;
  while (answer.size() < 32) {
    pollfd wait{STDIN_FILENO, POLLIN, 0};
    char byte = 0;
    if (poll(&wait, 1, 200) <= 0 || read(STDIN_FILENO, &byte, 1) != 1) return std::nullopt;
    answer += byte;
    if (byte != 'R') continue;
    const std::size_t at = answer.rfind(';');
    if (at == std::string::npos) return std::nullopt;
    return std::atoi(answer.c_str() + at + 1);
  }
  return std::nullopt;
}

}  // namespace

bool DrawsBoxesInOneCell() {
  const char* const terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): no thread yet
  if (terminal == nullptr || std::strcmp(terminal, "linux") == 0) return false;
  const char* const locale = std::setlocale(LC_CTYPE, "");  // NOLINT(concurrency-mt-unsafe)
  if (locale == nullptr || MB_CUR_MAX < 3) return false;
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) return false;
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  const auto column = CursorColumn();
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  if (write(STDOUT_FILENO, "\r \r", 3) < 0) return false;
  return column == 2;
}

Terminal::Terminal(bool colour) {
  std::setlocale(LC_ALL, "");  // NOLINT(concurrency-mt-unsafe): no thread yet
  initscr();
  cbreak();
  noecho();
  keypad(stdscr, TRUE);
  curs_set(0);
  set_escdelay(25);
  if (colour && has_colors()) {
    start_color();
    use_default_colors();
    for (short pair = 1; pair < static_cast<short>(std::size(kColours)); ++pair)
      init_pair(pair, kColours[pair], -1);
  }
  struct sigaction action{};
  action.sa_handler = End;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

Terminal::~Terminal() { endwin(); }

int Terminal::Width() const { return getmaxx(stdscr); }
int Terminal::Height() const { return getmaxy(stdscr); }
bool Terminal::IsEnding() { return g_ending != 0; }

void Terminal::Show(const Canvas& canvas) {
  erase();
  const bool colour = has_colors();
  for (int y = 0; y < canvas.Height() && y < Height(); ++y) {
    int x = 0;
    for (const Canvas::Cell& cell : canvas.Row(y)) {
      if (!cell.sign.empty()) {
        attrset(AttributesOf(cell.tone, colour));
        mvaddnstr(y, x, cell.sign.data(), static_cast<int>(cell.sign.size()));
      }
      ++x;
    }
  }
  attrset(A_NORMAL);
  refresh();
}

std::optional<int> Terminal::Key(int milliseconds) {
  timeout(milliseconds);
  const int key = getch();
  if (key == ERR) return std::nullopt;
  return key == KEY_RESIZE ? 0 : key;
}

}  // namespace epochcost::app::watch
