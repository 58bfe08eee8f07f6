// The tables of `runs` and `show`.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/terminal.h"
#include "base/text.h"
#include "model/replica.h"

namespace epochcost::api {
namespace {

// Rows of equal length; the columns become as wide as their widest cell. Names stand left, figures
// right.
class Table {
 public:
  explicit Table(std::vector<std::string> heads, std::size_t left_columns)
      : left_columns_(left_columns) {
    rows_.push_back(std::move(heads));
  }
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string Text(const Pen& pen) const {
    std::vector<int> widths(rows_.front().size(), 0);
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], DisplayWidth(row[i]));
      }
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) line += "  ";
        line += i < left_columns_ ? PadRight(row[i], widths[i]) : PadLeft(row[i], widths[i]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += &row == &rows_.front() ? pen.Paint(Ink::kFaint, line) : "\n" + line;
    }
    return text;
  }

 private:
  std::size_t left_columns_;
  std::vector<std::vector<std::string>> rows_;
};

std::string Upper(std::string_view english) { return std::string(Translate(english)); }

std::string_view StateWords(const Run& run) {
  if (run.state == RunState::kRunning) return Translate("running");
  if (run.state == RunState::kInterrupted) return Translate("interrupted");
  return run.exit_code.value_or(0) == 0 ? Translate("finished") : Translate("failed");
}

std::string TermCell(const EpochCost& epoch, Term term, const Pen& pen) {
  const auto sum = SumOf(epoch.sums, term, epoch.total.currency);
  if (!sum) return std::string(pen.Absent());
  return fmt::format("{} {}", pen.Amount(sum->amount), pen.Dot(sum->quality));
}

std::string ScopeNote(const EpochCost& epoch) {
  if (epoch.is_open) return std::string(Translate("open"));
  return epoch.is_complete ? std::string{} : std::string(Translate("incomplete"));
}

std::string ScopeTable(const std::vector<EpochCost>& scopes, std::string_view head,
                       std::optional<std::int64_t> rows, const Pen& pen) {
  Table table({Upper(head), Upper("COST"), "GPU", "CPU", Upper("MEMORY"), Upper("NETWORK"),
               Upper("AVERAGE MEMORY"), Upper("TIME"), Upper("STEPS"), Upper("SO FAR"), ""},
              1);
  const auto count = static_cast<std::int64_t>(scopes.size());
  const bool cut = rows && *rows < count;
  const std::int64_t head_rows = cut ? (*rows + 1) / 2 : count;
  const std::int64_t tail_from = cut ? count - *rows / 2 : count;
  Money so_far;
  Money hidden;
  std::int64_t index = 0;
  for (const EpochCost& epoch : scopes) {
    so_far.currency = hidden.currency = epoch.total.currency;
    so_far += epoch.total;
    const std::int64_t at = index++;
    if (at >= head_rows && at < tail_from) {
      hidden += epoch.total;
      if (at + 1 < tail_from) continue;
      table.Add({Say("{} {} more", pen.Ellipsis(), tail_from - head_rows), pen.Amount(hidden), "",
                 "", "", "", "", "", "", pen.Amount(so_far), ""});
      continue;
    }
    const auto memory = AverageMemory(epoch.sums, epoch.held);
    table.Add({Label(epoch.scope), pen.Amount(epoch.total), TermCell(epoch, Term::kGpu, pen),
               TermCell(epoch, Term::kCpu, pen), TermCell(epoch, Term::kMemory, pen),
               TermCell(epoch, Term::kNetwork, pen),
               memory ? ReadableBytes(*memory) : std::string(pen.Absent()),
               pen.Duration(epoch.held), fmt::format("{}", epoch.steps), pen.Amount(so_far),
               ScopeNote(epoch)});
  }
  return table.Text(pen);
}

// Item, quantity, unit price, cost; a rule of arithmetic that a reader can check.
std::string ResourceTree(const RunCost& cost, const Pen& pen) {
  Table table(
      {Upper("ITEM"), Upper("QUANTITY"), Upper("UNIT PRICE"), Upper("COST"), "", Upper("SOURCE")},
      1);
  std::vector<ResourceInfo> infos;
  for (const ResourceInfo& info : Resources()) {
    const bool is_metered = cost.sums.at(static_cast<std::size_t>(info.resource)).has_value();
    if (is_metered || info.is_expected) infos.push_back(info);
  }
  for (const ResourceInfo& info : infos) {
    const bool last = info.resource == infos.back().resource;
    const auto& sum = cost.sums.at(static_cast<std::size_t>(info.resource));
    const std::string item = fmt::format("{}{}", pen.Branch(last), Label(info.resource));
    if (!sum) {
      table.Add({item, std::string(pen.Absent()), "", std::string(pen.Absent()), "",
                 std::string(Translate("not metered"))});
      continue;
    }
    const ReadableQuantity quantity = Readable(info.resource, sum->quantity);
    std::string unit_price{pen.Absent()};
    const auto price =
        cost.sheets.empty() ? std::nullopt : PriceOf(cost.sheets.back(), info.resource);
    if (price && cost.sheets.size() == 1) {
      unit_price = fmt::format("{}/{}", pen.Price({price->nano, cost.sheets.back().currency}),
                               pen.Unit(UnitLabel(price->unit)));
    } else if (price) {
      unit_price = Say("{} prices", cost.sheets.size());
    }
    const std::string amount = info.is_charged ? pen.Amount({sum->amount_nano, cost.total.currency})
                                               : std::string(Translate("free"));
    table.Add({item, fmt::format("{} {}", quantity.number, pen.Unit(quantity.unit)), unit_price,
               amount, std::string(pen.Dot(sum->quality)), std::string(Info(sum->source).name)});
  }
  return table.Text(pen);
}

}  // namespace

std::string RunsTable(const std::vector<RunSummary>& runs, const Style& style) {
  const Pen pen(style);
  Table table({Upper("RUN"), Upper("NAME"), Upper("PROJECT"), Upper("STATE"), Upper("STARTED"),
               Upper("TIME"), Upper("EPOCHS"), Upper("COST"), Upper("PER EPOCH")},
              5);
  std::map<Currency, Wide> totals;
  for (const RunSummary& one : runs) {
    const Wide nano = one.total.nano + one.provisional.nano;
    totals[one.total.currency] += nano;
    const Money per_epoch{one.epochs > 0 ? FloorDiv(nano, one.epochs) : 0, one.total.currency};
    table.Add({one.run.id.Value(), pen.Name(one.run.name, 28),
               pen.Name(one.run.project.Value(), 20), std::string(StateWords(one.run)),
               FormatUtc(one.run.started).substr(0, 16) + "Z", pen.Duration(one.duration),
               fmt::format("{}", one.epochs), pen.Amount({nano, one.total.currency}),
               one.epochs > 0 ? pen.Amount(per_epoch) : std::string(pen.Absent())});
  }
  std::string text = table.Text(pen);
  for (const auto& [currency, nano] : totals) {
    text += "\n" + Say("total of {} runs: {}", runs.size(), pen.Amount({nano, currency}));
  }
  return text;
}

std::string ShowText(const RunCost& cost, std::optional<std::int64_t> epoch_rows,
                     const Style& style) {
  const Pen pen(style);
  std::string text = FinalBlock(cost, {}, style);
  text += "\n\n" + ResourceTree(cost, pen);
  if (!cost.epochs.empty()) {
    text += "\n\n" + ScopeTable(cost.epochs, "EPOCH", epoch_rows, pen);
    text += "\n\n" + Formula(cost, cost.epochs.back(), style);
  }
  if (!cost.phases.empty()) text += "\n\n" + ScopeTable(cost.phases, "PHASE", epoch_rows, pen);
  if (cost.replicas.size() > 1) {
    Table table({Upper("REPLICA"), Upper("COST"), ""}, 1);
    for (const ReplicaCost& replica : cost.replicas) {
      const bool is_shared = replica.replica == kSharedReplica;
      table.Add({is_shared ? std::string(Translate("shared")) : fmt::format("{}", replica.replica),
                 pen.Amount(replica.total), Percent(replica.total.nano, cost.total.nano)});
    }
    text += "\n\n" + table.Text(pen);
  }
  return text;
}

}  // namespace epochcost::api
