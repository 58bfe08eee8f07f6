#include "meter/recogniser.h"

#include <algorithm>
#include <cstring>

namespace epochcost::meter {
namespace {

constexpr std::size_t kTrigger = 4;

// A line can only matter if it has "poch" in any case, or "ain:" (timm). Sixteen places are looked
// at together: programs print a gigabyte a second.
using Vector [[gnu::vector_size(16)]] = unsigned char;
constexpr std::size_t kVector = sizeof(Vector);

Vector LoadLower(const char* p) {
  Vector bytes;
  std::memcpy(&bytes, p, kVector);
  return bytes | 0x20;
}

// Reads three bytes beyond the sixteen.
Vector Triggers(const char* p) {
  const Vector a = LoadLower(p);
  const Vector b = LoadLower(p + 1);
  const Vector c = LoadLower(p + 2);
  const Vector d = LoadLower(p + 3);
  return reinterpret_cast<Vector>(((a == 'p') & (b == 'o') & (c == 'c') & (d == 'h')) |
                                  ((a == 'a') & (b == 'i') & (c == 'n') & (d == ':')));
}

bool HasAny(Vector flags) {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), &flags, kVector);
  return (halves[0] | halves[1]) != 0;
}

bool IsTrigger(const char* p) {
  const auto is = [&](std::string_view word) {
    return std::ranges::equal(word, std::string_view(p, kTrigger), {}, {},
                              [](char c) { return static_cast<char>(c | 0x20); });
  };
  return is("poch") || is("ain:");
}

const char* FindTrigger(const char* p, const char* end) {
  const auto has = [&](std::size_t bytes) {
    return static_cast<std::size_t>(end - p) >= bytes + kTrigger - 1;
  };
  for (; has(4 * kVector); p += 4 * kVector) {
    if (HasAny(Triggers(p) | Triggers(p + kVector) | Triggers(p + 2 * kVector) |
               Triggers(p + 3 * kVector))) {
      break;
    }
  }
  while (has(kVector) && !HasAny(Triggers(p))) p += kVector;
  for (; has(1); ++p) {
    if (IsTrigger(p)) return p;
  }
  return nullptr;
}

std::size_t FirstEnd(std::string_view bytes) {
  const std::size_t feed = bytes.find('\n');
  const std::size_t back = bytes.substr(0, feed).find('\r');
  return std::min(feed, back);
}

// The position behind the last end of a line; 0 where there is none.
std::size_t BehindLastEnd(std::string_view bytes) {
  const auto* feed = static_cast<const char*>(memrchr(bytes.data(), '\n', bytes.size()));
  const std::size_t start = feed == nullptr ? 0 : static_cast<std::size_t>(feed - bytes.data()) + 1;
  const auto* back =
      static_cast<const char*>(memrchr(bytes.data() + start, '\r', bytes.size() - start));
  return back == nullptr ? start : static_cast<std::size_t>(back - bytes.data()) + 1;
}

// Behind the escape sequence that begins at `i`: CSI to its final byte, OSC to BEL or ST, else two.
std::size_t BehindEscape(std::string_view line, std::size_t i) {
  const char kind = i + 1 < line.size() ? line[i + 1] : '\0';
  std::size_t end = i + 2;
  if (kind == '[') {
    while (end < line.size() && (line[end] < '@' || line[end] > '~')) ++end;
    return end + 1;
  }
  if (kind != ']') return end;
  while (end < line.size() && line[end] != '\a' && line[end] != '\x1b') ++end;
  return end < line.size() && line[end] == '\x1b' ? end + 2 : end + 1;
}

// A row of a table begins with a space, perhaps behind an escape.
bool MayMatter(std::string_view line, bool in_table) {
  if (in_table && !line.empty() && static_cast<unsigned char>(line[0]) <= ' ') return true;
  return FindTrigger(line.data(), line.data() + line.size()) != nullptr;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }

// Without escape sequences, and with spaces for control characters. `buffer` holds the text where
// it had any.
std::string_view Plain(std::string_view line, std::string& buffer) {
  const auto first = std::ranges::find_if(line, IsControl);
  if (first == line.end()) return line;
  buffer.assign(line.begin(), first);
  for (std::size_t i = buffer.size(); i < line.size();) {
    if (line[i] == '\x1b') {
      i = BehindEscape(line, i);
      continue;
    }
    buffer.push_back(IsControl(line[i]) ? ' ' : line[i]);
    ++i;
  }
  return buffer;
}

}  // namespace

std::vector<Recognised> Recogniser::Feed(std::string_view bytes) {
  std::vector<Recognised> out;
  if (is_in_line_) {
    const std::size_t end = FirstEnd(bytes);
    Keep(bytes.substr(0, end));
    LookAtLine(line_, end != std::string_view::npos, out);
    if (end == std::string_view::npos) return out;
    bytes.remove_prefix(end + 1);
  }
  const std::size_t whole = BehindLastEnd(bytes);
  const char* const end = bytes.data() + whole;
  for (const char* p = bytes.data(); p < end;) {
    const char* const hit = is_in_table_ ? p : FindTrigger(p, end);
    if (hit == nullptr) break;
    p += BehindLastEnd({p, hit});
    const std::size_t length = static_cast<std::size_t>(hit - p) + FirstEnd({hit, end});
    LookAtLine(std::string_view(p, length).substr(0, kKeptOfLine), true, out);
    p += length + 1;
  }
  line_.clear();
  has_seen_bar_ = false;
  is_in_line_ = whole < bytes.size();
  if (!is_in_line_) return out;
  Keep(bytes.substr(whole));
  LookAtLine(line_, false, out);
  return out;
}

void Recogniser::Keep(std::string_view bytes) {
  line_.append(bytes.substr(0, kKeptOfLine - line_.size()));
}

void Recogniser::LookAtLine(std::string_view line, bool is_whole, std::vector<Recognised>& out) {
  if (is_whole) {
    // Said twice it says nothing new; a flood of one line must not cost much.
    if (line == last_line_) return;
    last_line_ = line;
  } else if (has_seen_bar_ || line.find("%|") == std::string_view::npos) {
    return;
  }
  if (!MayMatter(line, is_in_table_)) return;
  std::string buffer;
  const std::string_view plain = Plain(line, buffer);
  const auto sighting = Classify(plain, is_in_table_);
  if (is_whole && !sighting && IsTableHeading(plain)) is_in_table_ = true;
  if (!sighting) return;
  if (!is_whole && !IsBar(sighting->form)) return;
  has_seen_bar_ = !is_whole;
  Hear(*sighting, out);
}

void Recogniser::Hear(const Sighting& sighting, std::vector<Recognised>& out) {
  const FormInfo& form = Info(sighting.form);
  if (!voice_) {
    voice_ = form.voice;
    base_ = form.base.value_or(sighting.number == 0 ? 0 : 1);
  }
  if (*voice_ != form.voice || sighting.number < base_) return;
  const std::int64_t epoch = sighting.number - base_;
  std::int64_t& told = sighting.at_end ? ended_ : begun_;
  if (epoch <= told || epoch < begun_ || epoch <= ended_) return;
  told = epoch;
  Recognised recognised{.epoch = epoch, .at_end = sighting.at_end, .form = form.name};
  // Programs that count from 0 print the last number or how many there are; only YOLO's is known.
  const bool is_known = base_ == 1 || form.voice == Voice::kYolo;
  if (sighting.total && is_known && *sighting.total >= sighting.number) {
    recognised.planned = *sighting.total + 1 - base_;
  }
  out.push_back(recognised);
}

}  // namespace epochcost::meter
