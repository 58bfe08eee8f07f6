#include "meter/printed_form.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

namespace epochcost::meter {
namespace {

constexpr std::array kForms = {
    FormInfo{Form::kKeras, Voice::kGeneric, "keras", "Epoch 3/100", false, {}},
    FormInfo{Form::kHeading, Voice::kGeneric, "heading", "=== Epoch 3 ===", false, {}},
    FormInfo{Form::kMetrics, Voice::kGeneric, "metrics", "Epoch 3/100: loss=0.4 acc=0.9", true, {}},
    FormInfo{Form::kSteps,
             Voice::kGeneric,
             "steps",
             "Train Epoch: 3 [640/60000 (1%)] Loss: 0.4",
             false,
             {}},
    FormInfo{Form::kTqdm,
             Voice::kGeneric,
             "tqdm",
             "Epoch 3/100:  12%|#2        | 12/100 [00:01<00:09,  9.8it/s]",
             false,
             {}},
    FormInfo{Form::kLightning,
             Voice::kGeneric,
             "lightning",
             "Epoch 3:  40%|####      | 12/30 [00:01<00:02,  8.3it/s, v_num=0]",
             false,
             {}},
    FormInfo{Form::kHfTrainer, Voice::kHfTrainer, "hf-trainer",
             "{'loss': 0.4, 'learning_rate': 5e-05, 'epoch': 3.0}", true, 1},
    FormInfo{Form::kFairseqBegin, Voice::kFairseq, "fairseq",
             "| INFO | fairseq.trainer | begin training epoch 3", false, 1},
    FormInfo{Form::kFairseqSteps, Voice::kFairseq, "fairseq",
             "| INFO | train_inner | epoch 003:    100 / 1102 loss=9.1", false, 1},
    FormInfo{Form::kFairseqEnd, Voice::kFairseq, "fairseq", "| epoch 003 | loss 8.1 | nll_loss 7.3",
             true, 1},
    FormInfo{Form::kYolo,
             Voice::kYolo,
             "yolo",
             "      3/100      2.1G      1.204      1.512      1.287         35        640",
             false,
             {}},
    FormInfo{Form::kTimm, Voice::kTimm, "timm", "Train: 3 [   0/1251 (  0%)]  Loss: 6.95 (6.95)",
             false, 0},
};

constexpr std::size_t kWord = 5;  // of "epoch"
constexpr std::size_t kLongestNumber = 9;

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool IsLetter(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }
constexpr bool IsSpace(char c) { return c == ' ' || c == '\t'; }
bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool IsWord(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view each) { return std::ranges::equal(word, each, {}, Lower); });
}

// Reads from the front of a text.
struct Cursor {
  std::string_view rest;

  bool Take(std::string_view text) {
    if (!rest.starts_with(text)) return false;
    rest.remove_prefix(text.size());
    return true;
  }
  std::size_t Skip(std::string_view set) {
    const std::size_t count = std::min(rest.find_first_not_of(set), rest.size());
    rest.remove_prefix(count);
    return count;
  }
  std::size_t Spaces() { return Skip(" \t"); }
  // Nothing, and nothing read, where there is no number or one that is too long for an epoch.
  std::optional<std::int64_t> Number() {
    std::size_t length = 0;
    std::int64_t value = 0;
    while (length < rest.size() && length <= kLongestNumber && IsDigit(rest[length])) {
      value = value * 10 + (rest[length++] - '0');
    }
    if (length == 0 || length > kLongestNumber) return std::nullopt;
    rest.remove_prefix(length);
    return value;
  }
  // The next run of what is neither space nor in `separators`; empty at the end.
  std::string_view Token(std::string_view separators) {
    while (!rest.empty() && (IsSpace(rest[0]) || IsOneOf(rest[0], separators))) {
      rest.remove_prefix(1);
    }
    std::size_t length = 0;
    while (length < rest.size() && !IsSpace(rest[length]) && !IsOneOf(rest[length], separators)) {
      ++length;
    }
    const std::string_view token = rest.substr(0, length);
    rest.remove_prefix(length);
    return token;
  }
};

std::size_t FindEpoch(std::string_view line, std::size_t from) {
  constexpr std::string_view kEpoch = "epoch";
  for (std::size_t i = from; i + kWord <= line.size(); ++i) {
    if (Lower(line[i]) != 'e') continue;
    if (std::ranges::equal(line.substr(i, kWord), kEpoch, {}, Lower)) return i;
  }
  return std::string_view::npos;
}

// ---- what stands before the word

enum class Lead : std::uint8_t { kNone, kStart, kEnd, kProse };

bool IsStartWord(std::string_view word) {
  return IsWord(
      word, {"start", "starts", "started", "starting", "begin", "begins", "beginning", "running"});
}

bool IsEndWord(std::string_view word) {
  return IsWord(word, {"end", "ends", "ended", "finish", "finished", "complete", "completed",
                       "done", "saved", "saving", "stopping", "stopped", "improved"});
}

bool HasLower(std::string_view token) {
  return std::ranges::any_of(token, [](char c) { return c >= 'a' && c <= 'z'; });
}

// A log's frame (times, levels, names of loggers, brackets) may stand before the word, and a verb
// that says start or end. Any other word makes it prose: "best model at epoch 3".
Lead LeadOf(std::string_view prefix) {
  Lead lead = Lead::kNone;
  Cursor cursor{prefix};
  for (std::string_view token = cursor.Token(""); !token.empty(); token = cursor.Token("")) {
    if (!HasLower(token) || token.find_first_of(":|[]()._/") != std::string_view::npos) continue;
    if (IsStartWord(token)) {
      lead = Lead::kStart;
    } else if (IsEndWord(token)) {
      lead = Lead::kEnd;
    } else if (!IsWord(token, {"train", "training", "of"})) {
      Cursor next = cursor;
      const std::string_view following = next.Token("");
      if (following != "-" && following != "|") return Lead::kProse;
    }
  }
  return lead;
}

// ---- what stands behind the number

// "00:01:02", "0:10.5", "12s", "3m": how long, not how well.
bool IsTime(std::string_view token) {
  if (token.empty() || !IsDigit(token[0])) return false;
  const std::size_t unit = token.find_first_not_of("0123456789.:");
  if (unit == std::string_view::npos) return token.find(':') != std::string_view::npos;
  return IsWord(token.substr(unit), {"s", "m", "h", "ms", "sec", "min"});
}

constexpr std::string_view kPunctuation = "()[]{}<>-=*#|,;:.~+_!";

// Nothing but punctuation and times.
bool IsBare(std::string_view tail) {
  Cursor cursor{tail};
  for (std::string_view token = cursor.Token("()[]{}<>-=*#|,;~+_!"); !token.empty();
       token = cursor.Token("()[]{}<>-=*#|,;~+_!")) {
    const bool is_dots = token.find_first_not_of(".:") == std::string_view::npos;
    if (!is_dots && !IsTime(token)) return false;
  }
  return true;
}

// "step 100", "iter: 5", "Batch [3".
bool CountsSteps(std::string_view tail) {
  for (std::size_t i = 0; i < tail.size(); ++i) {
    if (!IsLetter(tail[i]) || (i > 0 && (IsLetter(tail[i - 1]) || tail[i - 1] == '_'))) continue;
    std::size_t end = i;
    while (end < tail.size() && IsLetter(tail[end])) ++end;
    if (!IsWord(tail.substr(i, end - i), {"step", "steps", "batch", "iter", "iteration", "it"})) {
      continue;
    }
    Cursor cursor{tail.substr(end)};
    cursor.Skip(" \t:=#[(");
    if (cursor.Number()) return true;
  }
  return false;
}

// "12/100", "[  0/5005]": the first number behind the epoch's has a total of its own.
bool HasFraction(std::string_view tail) {
  const std::size_t digit = tail.find_first_of("0123456789");
  if (digit == std::string_view::npos) return false;
  if (std::ranges::any_of(tail.substr(0, digit), IsLetter)) return false;
  Cursor cursor{tail.substr(digit)};
  if (!cursor.Number()) return false;
  cursor.Spaces();
  if (!cursor.Take("/")) return false;
  cursor.Spaces();
  return cursor.Number().has_value() || cursor.Take("?");
}

bool IsWithinEpoch(std::string_view tail) {
  const auto has = [&](std::string_view text) { return tail.find(text) != std::string_view::npos; };
  return has("it/s") || has("s/it") || has("%)") || has("eta") || HasFraction(tail) ||
         CountsSteps(tail);
}

bool OnlyNamesLearningRate(std::string_view tail) {
  Cursor cursor{tail};
  bool names = false;
  for (std::string_view token = cursor.Token("()[]{}=:,;|"); !token.empty();
       token = cursor.Token("()[]{}=:,;|")) {
    if (IsDigit(token[0]) || token.find_first_not_of(kPunctuation) == std::string_view::npos) {
      continue;
    }
    if (!IsWord(token, {"lr", "learning", "rate", "learning_rate"})) return false;
    names = true;
  }
  return names;
}

// A sentence without a number says "started" or "done"; without either it is a heading.
bool SaysEnd(std::string_view tail, bool& is_sentence) {
  is_sentence = std::ranges::none_of(tail, IsDigit);
  Cursor cursor{tail};
  bool is_first = true;
  for (std::string_view token = cursor.Token(kPunctuation); !token.empty();
       token = cursor.Token(kPunctuation)) {
    if (is_first && IsStartWord(token)) {
      is_sentence = true;
      return false;
    }
    if (IsEndWord(token)) return true;
    is_first = false;
  }
  return false;
}

// ---- the forms

std::optional<Sighting> MatchBar(std::string_view tail, Sighting sighting) {
  Cursor cursor{tail};
  cursor.Skip(" \t:,-");
  const auto percent = cursor.Number();
  if (!percent || *percent > 100 || !cursor.Take("%|")) return std::nullopt;
  sighting.form = sighting.total ? Form::kTqdm : Form::kLightning;
  return sighting;
}

Sighting Settle(std::string_view tail, Lead lead, Sighting sighting) {
  const auto as = [&](Form form) {
    sighting.form = form;
    sighting.at_end = Info(form).at_end;
    return sighting;
  };
  if (lead == Lead::kEnd) return as(Form::kMetrics);
  if (IsBare(tail)) return as(sighting.total ? Form::kKeras : Form::kHeading);
  if (lead == Lead::kStart || OnlyNamesLearningRate(tail)) return as(Form::kHeading);
  if (IsWithinEpoch(tail)) return as(Form::kSteps);
  bool is_sentence = false;
  const bool says_end = SaysEnd(tail, is_sentence);
  return as(is_sentence && !says_end ? Form::kHeading : Form::kMetrics);
}

// "Epoch 3", "Epoch: [3/100]", "epoch=3", "Epoch #3 of 100"
std::optional<Sighting> MatchGeneric(std::string_view line, std::size_t word) {
  const std::string_view prefix = line.substr(0, word);
  if (!prefix.empty()) {
    const char before = prefix.back();
    if (IsLetter(before) || IsDigit(before) || IsOneOf(before, "_-./\\='\"")) return std::nullopt;
  }
  Cursor cursor{line.substr(word + kWord)};
  cursor.Take("(train)");
  const std::size_t gap = cursor.Skip(" \t:=#");
  const bool has_bracket = cursor.Take("[") || cursor.Take("(");
  cursor.Spaces();
  if (gap == 0 && !has_bracket) return std::nullopt;
  Sighting sighting;
  const auto number = cursor.Number();
  if (!number) return std::nullopt;
  sighting.number = *number;
  Cursor behind = cursor;
  behind.Spaces();
  if (behind.Take("/") || behind.Take("of ")) {
    behind.Spaces();
    if (const auto total = behind.Number()) {
      sighting.total = total;
      cursor = behind;
    }
  }
  const std::string_view next = cursor.rest;
  if (!next.empty() && (IsLetter(next[0]) || IsDigit(next[0]) || IsOneOf(next[0], "_%/"))) {
    return std::nullopt;
  }
  const bool is_joined =
      next.size() > 1 && (next[0] == '.' || next[0] == '-') && next[1] != next[0];
  if (is_joined && !IsSpace(next[1])) return std::nullopt;  // a fraction, a file's name
  const Lead lead = LeadOf(prefix);
  if (lead == Lead::kProse) return std::nullopt;
  if (has_bracket) cursor.Skip("])");
  if (const auto bar = MatchBar(cursor.rest, sighting)) return bar;
  return Settle(cursor.rest, lead, sighting);
}

// {'eval_loss': 0.4, 'epoch': 1.0} — or quoted, as later versions print numbers.
std::optional<Sighting> MatchHfTrainer(std::string_view line, std::size_t word) {
  if (word == 0 || line[word - 1] != '\'') return std::nullopt;
  if (line.substr(0, word).find("{'") == std::string_view::npos) return std::nullopt;
  Cursor cursor{line.substr(word + kWord)};
  if (!cursor.Take("': ")) return std::nullopt;
  cursor.Take("'");
  const auto whole = cursor.Number();
  if (!whole || *whole == 0) return std::nullopt;
  return Sighting{.form = Form::kHfTrainer, .at_end = true, .number = *whole};
}

std::optional<Sighting> MatchFairseq(std::string_view line, std::size_t word) {
  const std::string_view prefix = line.substr(0, word);
  Cursor cursor{line.substr(word + kWord)};
  if (!cursor.Take(" ")) return std::nullopt;
  const std::size_t before = cursor.rest.size();
  const auto number = cursor.Number();
  if (!number) return std::nullopt;
  const std::size_t digits = before - cursor.rest.size();
  const auto as = [&](Form form) {
    return Sighting{.form = form, .at_end = Info(form).at_end, .number = *number};
  };
  if (prefix.ends_with("| begin training ")) return as(Form::kFairseqBegin);
  if (cursor.rest.starts_with(" (average epoch stats below)")) return as(Form::kFairseqEnd);
  if (digits < 3 || !prefix.ends_with("| ")) return std::nullopt;
  if (cursor.rest.starts_with(":")) return as(Form::kFairseqSteps);
  const bool is_validation = cursor.rest.find("| valid on ") != std::string_view::npos;
  if (!cursor.rest.starts_with(" |") || is_validation) return std::nullopt;
  return as(Form::kFairseqEnd);
}

// Train: 3 [   0/1251 (  0%)]
std::optional<Sighting> MatchTimm(std::string_view line) {
  Cursor cursor{line};
  if (!cursor.Take("Train: ")) return std::nullopt;
  cursor.Spaces();
  const auto number = cursor.Number();
  if (!number || !cursor.Take(" [")) return std::nullopt;
  cursor.Spaces();
  if (!cursor.Number() || !cursor.Take("/")) return std::nullopt;
  return Sighting{.form = Form::kTimm, .number = *number};
}

//       3/100      2.1G      1.204
std::optional<Sighting> MatchTableRow(std::string_view line) {
  Cursor cursor{line};
  if (cursor.Spaces() == 0) return std::nullopt;
  const auto number = cursor.Number();
  if (!number || !cursor.Take("/")) return std::nullopt;
  const auto total = cursor.Number();
  if (!total || cursor.Spaces() == 0) return std::nullopt;
  if (cursor.Skip("0123456789.") == 0) return std::nullopt;
  if (!cursor.Take("G") && !cursor.Take("M")) return std::nullopt;
  return Sighting{.form = Form::kYolo, .number = *number, .total = total};
}

}  // namespace

std::span<const FormInfo> Forms() { return kForms; }

const FormInfo& Info(Form form) { return kForms.at(static_cast<std::size_t>(form)); }

std::optional<Sighting> Classify(std::string_view line, bool in_table) {
  if (in_table) {
    if (const auto row = MatchTableRow(line)) return row;
  }
  for (std::size_t word = FindEpoch(line, 0); word != std::string_view::npos;
       word = FindEpoch(line, word + kWord)) {
    if (const auto sighting = MatchHfTrainer(line, word)) return sighting;
    if (const auto sighting = MatchFairseq(line, word)) return sighting;
    if (const auto sighting = MatchGeneric(line, word)) return sighting;
  }
  return MatchTimm(line);
}

bool IsTableHeading(std::string_view line) {
  const std::size_t word = line.find_first_not_of(" \t");
  if (word == std::string_view::npos || !line.substr(word).starts_with("Epoch ")) return false;
  const std::string_view next = Cursor{line.substr(word + kWord)}.Token("");
  return IsWord(next, {"gpu_mem"});
}

}  // namespace epochcost::meter
