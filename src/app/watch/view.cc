#include "app/watch/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/figures.h"
#include "api/pen.h"
#include "base/text.h"
#include "model/replica.h"

namespace epochcost::app::watch {
namespace {

constexpr int kLeastWidth = 40;
constexpr int kLeastHeight = 10;
constexpr int kLabelCells = 10;
constexpr Nanos kStale{3 * kNanosPerSecond};

Tone ToneOf(Term term) {
  switch (term) {
    case Term::kGpu:
      return Tone::kGpu;
    case Term::kCpu:
      return Tone::kCpu;
    case Term::kMemory:
      return Tone::kMemory;
    default:
      return Tone::kNetwork;
  }
}

struct Place {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  [[nodiscard]] int Inner() const { return width - 4; }
  [[nodiscard]] int Rows() const { return height - 2; }
};

class Painter {
 public:
  Painter(const Scene& scene, const History& history, Canvas& canvas)
      : scene_(scene),
        history_(history),
        canvas_(canvas),
        pen_(api::Style{false, canvas.IsAscii(), canvas.Width()}) {}

  void Paint() {
    Title();
    int y = 1;
    const int footer = canvas_.Height() - 1;
    Footer(footer);
    if (scene_.shows_help) return Help({0, y, canvas_.Width(), footer - y});
    const bool is_wide = canvas_.Width() >= 76;
    const int top = is_wide ? 7 : std::min(7, footer - y);
    if (is_wide) {
      const int left = canvas_.Width() / 2;
      Spend({0, y, left, top});
      Composition({left, y, canvas_.Width() - left, top});
      y += top;
    } else {
      Spend({0, y, canvas_.Width(), top});
      y += top;
      if (footer - y >= 6) {
        Composition({0, y, canvas_.Width(), 6});
        y += 6;
      }
    }
    const int gpus = GpuRows(footer - y);
    const int charts = std::clamp((footer - y - gpus) / 2, 0, 12);
    if (charts >= 4) {
      Charts({0, y, canvas_.Width(), charts}, is_wide);
      y += charts;
    }
    const int middle = footer - y - gpus;
    if (middle >= 3) {
      Middle({0, y, canvas_.Width(), middle}, is_wide);
      y += middle;
    }
    if (gpus >= 3) Gpus({0, y, canvas_.Width(), footer - y});
  }

 private:
  [[nodiscard]] std::string Amount(Wide nano) const {
    return pen_.Amount({nano, scene_.cost.total.currency});
  }
  [[nodiscard]] Wide Spent() const { return scene_.cost.total.nano + scene_.cost.provisional.nano; }
  [[nodiscard]] bool IsRunning() const { return scene_.cost.run.state == RunState::kRunning; }

  void Frame(const Place& at, std::string_view title) {
    canvas_.Box(at.x, at.y, at.width, at.height, title);
  }
  void Row(const Place& at, int row, std::string_view label, std::string_view text,
           Tone tone = Tone::kPlain) {
    if (row >= at.Rows()) return;
    const int y = at.y + 1 + row;
    canvas_.Put(at.x + 2, y, label, Tone::kFaint, kLabelCells);
    canvas_.Put(at.x + 2 + kLabelCells, y, text, tone, at.Inner() - kLabelCells);
  }

  void Title() {
    const Run& run = scene_.cost.run;
    int x = canvas_.Put(1, 0, pen_.Name(run.name, 30), Tone::kStrong);
    x = canvas_.Put(x + 2, 0, canvas_.IsAscii() ? "*" : "●", StateTone());
    x = canvas_.Put(x + 1, 0, StateWords(), StateTone());
    std::string facts;
    const auto add = [&](const std::string& fact) { facts += std::string(pen_.Between()) + fact; };
    if (!scene_.cost.epochs.empty()) {
      const auto count = static_cast<std::int64_t>(scene_.cost.epochs.size());
      add(run.planned_epochs ? Say("epoch {}/{}", count, *run.planned_epochs)
                             : Say("epoch {}", count));
    }
    std::int64_t steps = 0;
    for (const EpochCost& epoch : scene_.cost.epochs) steps += epoch.steps;
    if (steps > 0) add(Say("{} steps", steps));
    if (scene_.cost.replicas.size() > 1) add(Say("{} replicas", scene_.cost.replicas.size()));
    add(pen_.Duration(api::WallTime(scene_.cost)));
    canvas_.Put(x, 0, facts);
    canvas_.PutRight(canvas_.Width() - 1, 0, Freshness(),
                     scene_.age > kStale && IsRunning() ? Tone::kWarning : Tone::kFaint);
  }

  [[nodiscard]] std::string Freshness() const {
    if (!scene_.trouble.empty()) return scene_.trouble;
    if (scene_.is_paused) return Say("paused");
    if (IsRunning() && scene_.age > kStale) return Say("{} old", pen_.Duration(scene_.age));
    return std::string(scene_.cost.total.currency.Code());
  }
  [[nodiscard]] Tone StateTone() const {
    const Run& run = scene_.cost.run;
    if (run.state == RunState::kRunning) return Tone::kGood;
    return run.state == RunState::kFinished && run.exit_code.value_or(0) == 0 ? Tone::kFaint
                                                                              : Tone::kBad;
  }
  [[nodiscard]] std::string StateWords() const {
    const Run& run = scene_.cost.run;
    if (run.state == RunState::kRunning) return Say("running");
    if (run.state == RunState::kInterrupted) return Say("interrupted");
    return run.exit_code.value_or(0) == 0 ? Say("finished") : Say("failed");
  }

  void Footer(int y) {
    int x = 1;
    const auto key = [&](std::string_view sign, const std::string& what) {
      if (x + DisplayWidth(what) + 4 > canvas_.Width()) return;
      x = canvas_.Put(x, y, sign, Tone::kStrong);
      x = canvas_.Put(x + 1, y, what, Tone::kFaint) + 2;
    };
    key("q", Say("quit"));
    key(Say("space"), scene_.is_paused ? Say("go on") : Say("pause"));
    key("e", Say("epochs"));
    key("a", Say("alerts"));
    key("g", "GPU");
    key("?", Say("help"));
  }

  void Help(const Place& at) {
    Frame(at, Translate("help"));
    int row = 0;
    const auto line = [&](std::string_view key, const std::string& what) {
      Row(at, row++, key, what);
    };
    line("q", Say("leaves; the run goes on"));
    line(Translate("space"), Say("holds the picture still, and lets it go on"));
    line("e a g", Say("gives the middle to the epochs, the alerts or the GPUs"));
    line("?", Say("this page, and back"));
    ++row;
    line(canvas_.IsAscii() ? "m d a" : "● ◐ ○", Say("measured, modelled, assumed"));
    line(Translate("rate"), Say("what was spent in the last 30 s, for an hour"));
  }

  void Spend(const Place& at) {
    Frame(at, Translate("cost"));
    int row = 0;
    Row(at, row++, Translate("spent"), Amount(Spent()), Tone::kStrong);
    const auto rate = IsRunning() ? history_.NanoPerHour() : std::nullopt;
    Row(at, row++, Translate("rate"),
        rate ? Say("{}/hour", Amount(*rate)) : std::string(pen_.Absent()));
    if (!scene_.cost.epochs.empty()) {
      Wide closed = 0;
      std::int64_t count = 0;
      for (const EpochCost& epoch : scene_.cost.epochs) {
        if (epoch.is_open) continue;
        closed += epoch.total.nano;
        ++count;
      }
      if (count > 0)
        Row(at, row++, Translate("an epoch"),
            Say("{} on average of {}", Amount(closed / count), count));
    }
    if (scene_.project && scene_.project->budget) Budget(at, row++);
    const api::Provenance known = api::ProvenanceOf(scene_.cost.sums);
    std::string words;
    for (const Quality quality : {Quality::kMeasured, Quality::kModelled, Quality::kAssumed}) {
      const std::int64_t part = known.permille[static_cast<std::size_t>(quality)];
      if (part == 0) continue;
      words += fmt::format("{}{} {}", words.empty() ? "" : "  ", pen_.Dot(quality),
                           api::Percent(part, 1000));
    }
    if (!words.empty()) Row(at, row++, Translate("known"), words);
  }

  void Budget(const Place& at, int row) {
    if (row >= at.Rows()) return;
    const Wide budget = std::max<Wide>(1, scene_.project->budget->nano);
    const Wide spent = scene_.project_total.nano;
    const auto ppm = static_cast<long>(std::clamp<Wide>(spent * 1'000'000 / budget, 0, 1'000'000));
    const bool is_over = spent >= budget;
    const bool is_near = spent * 1'000'000 >= budget * scene_.project->threshold_ppm;
    const Tone tone = is_over ? Tone::kBad : is_near ? Tone::kWarning : Tone::kGood;
    Row(at, row, Translate("budget"), "");
    const std::string words = fmt::format(" {} / {}", api::Percent(spent, budget), Amount(budget));
    const int bar = at.Inner() - kLabelCells - DisplayWidth(words);
    if (bar >= 4) canvas_.Bar(at.x + 2 + kLabelCells, at.y + 1 + row, bar, ppm, tone);
    canvas_.PutRight(at.x + 2 + at.Inner(), at.y + 1 + row, words, tone);
  }

  void Composition(const Place& at) {
    Frame(at, Translate("composition"));
    int row = 0;
    for (const Term term : kTerms) {
      if (row >= at.Rows()) return;
      const int y = at.y + 1 + row++;
      canvas_.Put(at.x + 2, y, api::Label(term), Tone::kFaint, kLabelCells);
      const auto sum = api::SumOf(scene_.cost.sums, term, scene_.cost.total.currency);
      if (!sum) {
        canvas_.Put(at.x + 2 + kLabelCells, y,
                    fmt::format("{} {}", pen_.Absent(), Translate("not metered")), Tone::kFaint,
                    at.Inner() - kLabelCells);
        continue;
      }
      const std::string words =
          fmt::format(" {} {} {}", PadLeft(Amount(sum->amount.nano), 11),
                      PadLeft(api::Percent(sum->amount.nano, scene_.cost.total.nano), 7),
                      pen_.Dot(sum->quality));
      const int bar = at.Inner() - kLabelCells - DisplayWidth(words);
      const Wide whole = std::max<Wide>(1, scene_.cost.total.nano);
      if (bar >= 4) {
        canvas_.Bar(at.x + 2 + kLabelCells, y, bar,
                    static_cast<long>(sum->amount.nano * 1'000'000 / whole), ToneOf(term));
      }
      canvas_.PutRight(at.x + 2 + at.Inner(), y, words);
    }
    if (scene_.cost.idle.nano != 0 && row < at.Rows())
      Row(at, row, Translate("idle"), Amount(scene_.cost.idle.nano), Tone::kWarning);
  }

  void Charts(const Place& at, bool is_wide) {
    const std::vector<double>& busy =
        scene_.gpus.empty() ? history_.BusyCpus() : history_.GpuBusy();
    const std::string busy_title = scene_.gpus.empty() ? Say("busy CPUs") : Say("GPU in use");
    const int left = is_wide ? at.width / 2 : at.width;
    Chart({at.x, at.y, left, at.height}, Say("{}/hour", scene_.cost.total.currency.Code()),
          history_.UnitsPerHour(), 0, Tone::kGood);
    if (!is_wide) return;
    Chart({at.x + left, at.y, at.width - left, at.height}, busy_title, busy,
          scene_.gpus.empty() ? 0 : 1, scene_.gpus.empty() ? Tone::kCpu : Tone::kGpu);
  }

  // `most` 0: as high as the highest value that is seen, which the title names.
  void Chart(const Place& at, const std::string& title, const std::vector<double>& values,
             double most, Tone tone) {
    const auto shown = static_cast<std::size_t>(std::max(0, at.Inner() * 2));
    const std::size_t from = values.size() > shown ? values.size() - shown : 0;
    double highest = most;
    for (std::size_t i = from; most <= 0 && i < values.size(); ++i)
      highest = std::max(highest, values[i]);
    const std::string top = most > 0 ? "100 %" : fmt::format("{:.3g}", highest);
    Frame(at, values.empty() ? title
                             : fmt::format("{}{}{} {}", title, pen_.Between(), Say("top"), top));
    canvas_.Area(at.x + 2, at.y + 1, at.Inner(), at.Rows(), values, highest, tone);
  }

  void Middle(const Place& at, bool is_wide) {
    const bool shows_both = is_wide && at.height >= 4 && scene_.focus != Focus::kGpus;
    if (!shows_both) return scene_.focus == Focus::kAlerts ? Alerts(at) : Epochs(at);
    const int left = scene_.focus == Focus::kAlerts ? at.width / 3 : at.width * 3 / 5;
    Epochs({at.x, at.y, left, at.height});
    Alerts({at.x + left, at.y, at.width - left, at.height});
  }

  // The newest at the bottom, as they came.
  void Epochs(const Place& at) {
    Frame(at, Translate("epochs"));
    const std::vector<EpochCost>& epochs = scene_.cost.epochs;
    Wide dearest = 1;
    for (const EpochCost& epoch : epochs) dearest = std::max(dearest, epoch.total.nano);
    const std::size_t from = epochs.size() > static_cast<std::size_t>(at.Rows())
                                 ? epochs.size() - static_cast<std::size_t>(at.Rows())
                                 : 0;
    for (std::size_t i = from; i < epochs.size(); ++i) {
      const EpochCost& epoch = epochs[i];
      const int y = at.y + 1 + static_cast<int>(i - from);
      const Wide nano = epoch.total.nano + epoch.provisional.nano;
      const std::string words =
          fmt::format(" {} {}", PadLeft(Amount(nano), 11), PadLeft(pen_.Duration(epoch.held), 9));
      canvas_.Put(at.x + 2, y, fmt::format("{:>5}", epoch.scope.index + 1),
                  epoch.is_open ? Tone::kStrong : Tone::kFaint);
      const int bar = at.Inner() - 6 - DisplayWidth(words);
      if (bar >= 4)
        canvas_.Bar(at.x + 8, y, bar, static_cast<long>(nano * 1'000'000 / dearest),
                    epoch.is_open ? Tone::kGood : Tone::kPlain);
      canvas_.PutRight(at.x + 2 + at.Inner(), y, words);
    }
    if (epochs.empty() && at.Rows() > 0)
      canvas_.Put(at.x + 2, at.y + 1, Translate("none yet"), Tone::kFaint, at.Inner());
  }

  void Alerts(const Place& at) {
    Frame(at, Translate("alerts"));
    int row = 0;
    const std::vector<Notice>& notices = scene_.cost.notices;
    for (auto notice = notices.rbegin(); notice != notices.rend() && row < at.Rows(); ++notice) {
      if (notice->kind == NoticeKind::kSourceChosen) continue;
      const Tone tone = notice->kind == NoticeKind::kBudget ? Tone::kBad : Tone::kWarning;
      const int y = at.y + 1 + row++;
      const std::string when = FormatUtc(notice->at).substr(11, 5);
      canvas_.Put(at.x + 2, y, when, tone);
      canvas_.Put(at.x + 8, y, notice->detail, Tone::kPlain, at.Inner() - 6);
    }
    if (row == 0 && at.Rows() > 0)
      canvas_.Put(at.x + 2, at.y + 1, Translate("none"), Tone::kFaint, at.Inner());
  }

  // "r0 30 GB, r3 10 GB": whose memory of a GPU it is, where ranks are told apart.
  [[nodiscard]] static std::string RanksOn(const probe::GpuReading& reading) {
    std::map<std::int32_t, std::int64_t> held;
    for (const probe::GpuProcess& process : reading.processes) {
      if (process.rank.value_or(kSharedReplica) >= 0)
        held[*process.rank] += process.memory_bytes.value_or(0);
    }
    std::string words;
    for (const auto& [rank, bytes] : held) {
      words += fmt::format("{}r{}{}", words.empty() ? "" : ", ", rank,
                           bytes > 0 ? fmt::format(" {} GB", bytes / 1'000'000'000) : "");
    }
    return words;
  }

  // Two GPUs a line where there is room for it.
  [[nodiscard]] int GpusPerLine() const { return canvas_.Width() >= 100 ? 2 : 1; }
  [[nodiscard]] int GpuRows(int room) const {
    if (scene_.gpus.empty()) return 0;
    const int per_line = GpusPerLine();
    const int lines = (static_cast<int>(scene_.gpus.size()) + per_line - 1) / per_line;
    const int most = scene_.focus == Focus::kGpus ? room : std::max(3, room / 3);
    return std::min(lines + 2, most);
  }

  void Gpus(const Place& at) {
    Frame(at, "GPU");
    const int per_line = GpusPerLine();
    const int width = at.Inner() / per_line;
    for (std::size_t i = 0; i < scene_.gpus.size(); ++i) {
      const int row = static_cast<int>(i) / per_line;
      if (row >= at.Rows()) return;
      const auto& [gpu, reading] = scene_.gpus[i];
      const int x = at.x + 2 + static_cast<int>(i) % per_line * width;
      const int y = at.y + 1 + row;
      canvas_.Put(x, y, fmt::format("{:>2}", gpu.index), Tone::kFaint);
      const auto number = [&](const std::optional<std::int64_t>& value, std::int64_t per,
                              std::string_view unit) {
        return value ? fmt::format("{} {}", *value / per, unit) : std::string(pen_.Absent());
      };
      const std::string memory =
          reading.memory_used_bytes && gpu.memory_bytes > 0
              ? fmt::format("{}/{} GB", *reading.memory_used_bytes / 1'000'000'000,
                            gpu.memory_bytes / 1'000'000'000)
              : std::string(pen_.Absent());
      std::string words =
          fmt::format(" {} {} {} {}", PadLeft(number(reading.busy, 10'000, "%"), 5),
                      PadLeft(number(reading.power_mw, 1000, "W"), 6), PadLeft(memory, 9),
                      PadLeft(number(reading.clock_mhz, 1, "MHz"), 8));
      if (const std::string held = probe::ThrottleWords(reading.throttle); !held.empty())
        words += " " + held;
      if (const std::string whose = RanksOn(reading); !whose.empty()) words += " " + whose;
      const int bar = std::min(30, width - 4 - DisplayWidth(words));
      int end = x + 3;
      if (bar >= 4) {
        canvas_.Bar(end, y, bar, static_cast<long>(reading.busy.value_or(0)), Tone::kGpu);
        end += bar;
      }
      canvas_.Put(end, y, words, reading.throttle > 2 ? Tone::kWarning : Tone::kPlain,
                  x + width - end);
    }
  }

  const Scene& scene_;
  const History& history_;
  Canvas& canvas_;
  api::Pen pen_;
};

}  // namespace

Canvas Draw(const Scene& scene, const History& history, int width, int height, bool ascii) {
  Canvas canvas(width, height, ascii);
  if (width < kLeastWidth || height < kLeastHeight) {
    canvas.Put(0, 0, Say("{}×{} cells are too few; q quits", width, height));
    return canvas;
  }
  Painter(scene, history, canvas).Paint();
  return canvas;
}

}  // namespace epochcost::app::watch
