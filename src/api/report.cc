#include "api/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/charts.h"
#include "api/escape.h"
#include "api/figures.h"
#include "api/report_style.h"
#include "api/two_languages.h"
#include "base/retell.h"
#include "base/text.h"

namespace epochcost::api {
namespace {

constexpr std::size_t kPhaseRowsShown = 100;
constexpr std::size_t kNoticesShown = 100;

std::string Cell(std::string_view html, std::string_view css = "") {
  return css.empty() ? fmt::format("<td>{}</td>", html)
                     : fmt::format("<td class=\"{}\">{}</td>", css, html);
}

std::string Head(std::string_view english) { return fmt::format("<th>{}</th>", Both(english)); }

std::string Amount(Wide nano, Currency currency) { return Format({nano, currency}); }

std::string_view EnglishLabel(Resource resource) {
  constexpr std::array<std::string_view, kResourceCount> kLabels = {
      "GPU time",     "CPU time",      "memory",     "network in", "network out",
      "loopback",     "GPU time held", "GPU energy", "CPU energy", "disk read",
      "disk written", "RDMA in",       "RDMA out"};
  return kLabels.at(static_cast<std::size_t>(resource));
}

std::string ScopeLabel(const Scope& scope) {
  const std::int64_t number = scope.index + 1;
  switch (scope.kind) {
    case ScopeKind::kEpoch:
      return fmt::format("{}", number);
    case ScopeKind::kSetup:
      return Both("setup");
    case ScopeKind::kEval:
      return Both("evaluation {}", number);
    case ScopeKind::kCheckpoint:
      return Both("checkpoint {}", number);
    case ScopeKind::kIdle:
      return Both("outside epochs {}", number);
  }
  return {};
}

std::string PriceHtml(const PriceSheet& sheet, Resource resource) {
  const auto price = PriceOf(sheet, resource);
  if (!price) return "–";
  const std::string number = ToDecimal(price->nano);
  const auto per = [&](std::string_view unit) {
    return fmt::format("{} {}/{}", number, sheet.currency.Code(), unit);
  };
  const std::string_view unit = price->unit == "GB_epoch"  ? "GB per epoch"
                                : price->unit == "GB_hour" ? "GB·hour"
                                                           : price->unit;
  return fmt::format("<span class=\"en\">{}</span><span class=\"zh\">{}</span>", per(unit),
                     per(InChinese(unit)));
}

void PutSwitches(std::string& html) {
  const bool chinese = CurrentLanguage() == Language::kChinese;
  const auto radio = [&html](std::string_view group, std::string_view id, std::string_view label,
                             bool chosen) {
    html += fmt::format(
        "<input class=\"switch\" type=\"radio\" name=\"{}\" id=\"{}\" aria-label=\"{}\"{}>", group,
        id, label, chosen ? " checked" : "");
  };
  radio("language", "english", "English", !chinese);
  radio("language", "chinese", "中文", chinese);
  radio("theme", "own", "system theme", true);
  radio("theme", "light", "light theme", false);
  radio("theme", "dark", "dark theme", false);
}

void PutTop(std::string& html, const Run& run) {
  html +=
      "<div class=\"bar\"><label for=\"english\">English</label><label "
      "for=\"chinese\">中文</label>";
  for (const auto& [id, english] :
       {std::pair{"own", "system"}, {"light", "light"}, {"dark", "dark"}}) {
    html += fmt::format("<label for=\"{}\">{}</label>", id, Both(english));
  }
  html += "</div>";
  html += fmt::format("<h1>{}</h1>", ForHtml(run.name));
  std::string command;
  for (const std::string& word : run.command) command += (command.empty() ? "" : " ") + word;
  html += fmt::format("<p class=\"faint\">{} <code>{}</code> · {} {} · {}</p>", Both("run"),
                      ForHtml(run.id.Value()), Both("project"), ForHtml(run.project.Value()),
                      FormatUtc(run.started));
  html += fmt::format("<p class=\"faint\"><code>{}</code></p>",
                      ForHtml(command.size() > 2'000 ? command.substr(0, 2'000) + " …" : command));
}

std::string StateHtml(const Run& run) {
  if (run.state == RunState::kRunning) return Both("running");
  if (run.state == RunState::kInterrupted) return Both("interrupted");
  if (run.exit_code.value_or(0) != 0) return Both("failed, exit {}", *run.exit_code);
  return Both("finished");
}

void PutFigure(std::string& html, const std::string& label, std::string_view value,
               const std::string& note) {
  html += fmt::format(
      "<div class=\"figure\"><span class=\"faint\">{}</span><b>{}</b><span class=\"faint\">{}"
      "</span></div>",
      label, value, note);
}

std::string ProvenanceHtml(const RunCost& cost) {
  const Provenance provenance = ProvenanceOf(cost);
  std::string html;
  for (const Quality quality : {Quality::kMeasured, Quality::kModelled, Quality::kAssumed}) {
    const auto permille = provenance.permille[static_cast<std::size_t>(quality)];
    if (permille == 0) continue;
    html += fmt::format("<span class=\"keep\">{} {} {}.{} %</span> ", Dot(quality),
                        Both(Name(quality)), permille / 10, permille % 10);
  }
  return html;
}

bool IsRented(const RunCost& cost) {
  return std::ranges::any_of(cost.sheets, [](const PriceSheet& sheet) {
    return std::ranges::any_of(sheet.rented, [](const auto& rent) { return rent.has_value(); });
  });
}

void PutFigures(std::string& html, const RunCost& cost) {
  const Currency currency = cost.total.currency;
  const RunSummary summary = Summarise(cost);
  html += "<div class=\"figures\">";
  PutFigure(html, Both("cost"), Format(cost.total), ProvenanceHtml(cost));
  Wide in_epochs = 0;
  for (const EpochCost& epoch : cost.epochs) in_epochs += epoch.total.nano;
  if (!cost.epochs.empty()) {
    const auto count = static_cast<Wide>(cost.epochs.size());
    PutFigure(html, Both("per epoch"), Amount(FloorDiv(in_epochs, count), currency),
              Both("{} epochs, {} in all", cost.epochs.size(), Amount(in_epochs, currency)));
  }
  PutFigure(html, Both("outside epochs"), Amount(cost.total.nano - in_epochs, currency),
            Both("setup, evaluation, checkpoints, rest"));
  PutFigure(html, Both("duration"), FormatDuration(summary.duration), StateHtml(cost.run));
  if (cost.provisional.nano != 0) {
    PutFigure(html, Both("provisional"), Format(cost.provisional),
              Both("until the open epoch closes"));
  }
  if (IsRented(cost)) {
    PutFigure(html, Both("billed"), Format(cost.billed), Both("what is rented, used or not"));
    PutFigure(html, Both("idle"), Format(cost.idle),
              cost.idle.nano < 0 ? Both("more was used than is rented") : Both("billed − used"));
  }
  html += "</div>";
}

void PutCharts(std::string& html, const RunCost& cost) {
  if (const std::string chart = CompositionSvg(cost); !chart.empty()) {
    html += fmt::format("<h2>{}</h2>",
                        Both("What each epoch is made of ({})", cost.total.currency.Code()));
    if (cost.epochs.size() > kBarsShown) {
      html +=
          fmt::format("<p class=\"faint\">{}</p>",
                      Both("Each bar is the mean of neighbouring epochs; the line in it reaches "
                           "from the cheapest to the dearest."));
    }
    html += "<div class=\"scroll\">" + chart + "</div>";
  }
  html += fmt::format("<h2>{}</h2><div class=\"scroll\">{}</div>",
                      Both("Total over time ({})", cost.total.currency.Code()), TrendSvg(cost));
}

void PutResources(std::string& html, const RunCost& cost) {
  html +=
      fmt::format("<h2>{}</h2><div class=\"scroll\"><table><tr>", Both("Price × quantity = cost"));
  for (const std::string_view head :
       {"item", "quantity", "unit price", "cost", "share", "known", "source"}) {
    html += Head(head);
  }
  html += "</tr>";
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = cost.sums.at(static_cast<std::size_t>(info.resource));
    const std::string item = info.is_charged
                                 ? fmt::format("<span class=\"chip {}\"></span>{}", Name(info.term),
                                               Both(EnglishLabel(info.resource)))
                                 : Both(EnglishLabel(info.resource));
    if (!sum && !info.is_expected) continue;
    html += "<tr>" + Cell(item);
    if (!sum) {
      html +=
          "<td>–</td><td></td><td>–</td><td></td>" + Cell(Both("not metered")) + "<td></td></tr>";
      continue;
    }
    const ReadableQuantity quantity = Readable(info.resource, sum->quantity);
    html += Cell(fmt::format("{} {}", quantity.number, quantity.unit));
    html += Cell(cost.sheets.empty()      ? "–"
                 : cost.sheets.size() > 1 ? Both("{} prices", cost.sheets.size())
                                          : PriceHtml(cost.sheets.back(), info.resource));
    html += Cell(info.is_charged ? Amount(sum->amount_nano, cost.total.currency) : Both("free"));
    const Wide permille = cost.total.nano > 0 ? sum->amount_nano * 1000 / cost.total.nano : 0;
    html += Cell(info.is_charged ? DecimalQuotient(permille, 10, 1) + " %" : "");
    html += Cell(fmt::format("{} {}", Dot(sum->quality), Both(Name(sum->quality))));
    html += Cell(Info(sum->source).name) + "</tr>";
  }
  html += fmt::format("<tr class=\"sum\">{}<td></td><td></td>{}<td></td><td></td><td></td></tr>",
                      Cell(Both("total")), Cell(Format(cost.total)));
  html += "</table></div>";
}

std::string TermCell(const EpochCost& epoch, Term term) {
  const auto sum = SumOf(epoch.sums, term, epoch.total.currency);
  if (!sum) return Cell("–");
  return Cell(fmt::format("{} {}", Format(sum->amount), Dot(sum->quality)));
}

void PutScopes(std::string& html, const std::vector<EpochCost>& scopes, std::string_view head,
               std::size_t most) {
  html += "<div class=\"scroll\"><table><tr>" + Head(head) + Head("cost");
  html += "<th>GPU</th><th>CPU</th>";
  for (const std::string_view name :
       {"memory", "network", "average memory", "time", "steps", "replicas", "so far"}) {
    html += Head(name);
  }
  html += "<th></th></tr>";
  const std::size_t first = scopes.size() > most ? most / 2 : scopes.size();
  const std::size_t last = scopes.size() > most ? scopes.size() - most / 2 : scopes.size();
  Wide so_far = 0;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    const EpochCost& epoch = scopes[i];
    so_far += epoch.total.nano;
    if (i >= first && i < last) {
      if (i != first) continue;
      html += fmt::format("<tr><td class=\"faint\" colspan=\"12\">{}</td></tr>",
                          Both("… {} rows are left out here; the CSV has them all", last - first));
      continue;
    }
    html += "<tr>" + Cell(ScopeLabel(epoch.scope)) + Cell(Format(epoch.total));
    for (const Term term : kTerms) html += TermCell(epoch, term);
    const auto memory = AverageMemory(epoch.sums, epoch.held);
    html += Cell(memory ? ReadableBytes(*memory) : "–") + Cell(FormatDuration(epoch.held));
    html += Cell(fmt::format("{}", epoch.steps)) + Cell(fmt::format("{}", epoch.replicas));
    html += Cell(Amount(so_far, epoch.total.currency));
    html += Cell(epoch.is_open       ? Both("open")
                 : epoch.is_complete ? ""
                                     : Both("incomplete"),
                 "warn");
    html += "</tr>";
  }
  html += "</table></div>";
}

// Rows of the formula of the last closed epoch, with its numbers.
void PutFormula(std::string& html, const RunCost& cost) {
  if (cost.epochs.empty()) return;
  const auto closed = std::ranges::find_if(cost.epochs.rbegin(), cost.epochs.rend(),
                                           [](const EpochCost& epoch) { return !epoch.is_open; });
  const EpochCost& epoch = closed != cost.epochs.rend() ? *closed : cost.epochs.back();
  html += fmt::format("<h2>{}</h2>",
                      Both("The formula, with the numbers of epoch {}", epoch.scope.index + 1));
  html +=
      "<p class=\"formula\">Cost<sub>epoch</sub> = (C<sub>gpu</sub> × T<sub>gpu</sub> + "
      "C<sub>cpu</sub> × "
      "T<sub>cpu</sub> + C<sub>mem</sub> × M<sub>avg</sub> + C<sub>net</sub> × "
      "D<sub>transfer</sub>) × "
      "N<sub>replicas</sub><br>";
  const bool one_price = cost.sheets.size() == 1;
  std::string terms;
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = epoch.sums.at(static_cast<std::size_t>(info.resource));
    if (!info.is_charged || !sum) continue;
    const auto price = one_price ? PriceOf(cost.sheets.back(), info.resource) : std::nullopt;
    const bool averaged = price && price->unit == "GB_epoch";
    const std::string quantity =
        averaged
            ? DecimalQuotient(AverageMemory(epoch.sums, epoch.held).value_or(0), 1'000'000'000, 6) +
                  " GB"
            : DecimalQuotient(sum->quantity, info.units_per_priced, 9) +
                  (info.priced_unit == "GB"     ? " GB"
                   : info.priced_unit == "hour" ? " h"
                                                : " GB·h");
    terms += fmt::format("{}{}{} = {}", terms.empty() ? "" : "<br>+ ",
                         price ? ToDecimal(price->nano) + " × " : "", quantity,
                         ToDecimal(sum->amount_nano));
  }
  html +=
      fmt::format("{}<br>= {} {}", terms, ToDecimal(epoch.total.nano), epoch.total.currency.Code());
  html += "</p><p class=\"faint\">";
  html += Both("Summed over {} replicas; the mean per replica is {}.", epoch.replicas,
               DecimalQuotient(epoch.total.nano,
                               Wide{std::max<std::int64_t>(epoch.replicas, 1)} * kNanoPerUnit, 9));
  html += one_price
              ? ""
              : Both(" Prices changed during the run: each stretch of time was priced at its own.");
  html += "</p>";
}

// A recorded sentence in both languages.
std::string BothRetold(const std::string& sentence) {
  return fmt::format(
      "<span class=\"en\" lang=\"en\">{}</span><span class=\"zh\" lang=\"zh-CN\">{}</span>",
      ForHtml(Retell(sentence, Language::kEnglish)), ForHtml(Retell(sentence, Language::kChinese)));
}

void PutNotices(std::string& html, const RunCost& cost) {
  if (cost.notices.empty()) return;
  html += fmt::format("<h2>{}</h2><ul>", Both("What a reader must know"));
  for (std::size_t i = 0; i < std::min(cost.notices.size(), kNoticesShown); ++i) {
    const Notice& notice = cost.notices[i];
    html += fmt::format("<li><code>{}</code> {} {}", Name(notice.kind), BothRetold(notice.detail),
                        notice.hint.empty()
                            ? ""
                            : "<br><span class=\"faint\">" + BothRetold(notice.hint) + "</span>");
    html += "</li>";
  }
  if (cost.notices.size() > kNoticesShown) {
    html += "<li>" + Both("and {} more", cost.notices.size() - kNoticesShown) + "</li>";
  }
  html += "</ul>";
}

void PutPrices(std::string& html, const RunCost& cost) {
  html += fmt::format("<h2>{}</h2><div class=\"scroll\"><table><tr>", Both("Prices"));
  html += Head("sheet") + Head("valid from");
  html += "<th>GPU</th><th>CPU</th>" + Head("memory") + Head("network in") + Head("network out");
  html += "</tr>";
  for (const PriceSheet& sheet : cost.sheets) {
    const std::string basis =
        fmt::format("{} {} {} {}", ForHtml(sheet.provider), ForHtml(sheet.region),
                    ForHtml(sheet.source), ForHtml(sheet.source_date));
    html += "<tr>" + Cell(fmt::format("{} v{} {}<br><span class=\"faint\">{}</span>",
                                      ForHtml(sheet.name.Value()), sheet.version,
                                      Dot(sheet.provenance), basis),
                          "wrap");
    html += Cell(FormatUtc(sheet.valid_from));
    for (const ResourceInfo& info : Resources()) {
      if (info.is_charged && info.is_expected) html += Cell(PriceHtml(sheet, info.resource));
    }
    html += "</tr>";
  }
  html += "</table></div>";
  const bool assumed = std::ranges::any_of(
      cost.sheets, [](const PriceSheet& sheet) { return sheet.provenance == Quality::kAssumed; });
  if (assumed) {
    html += fmt::format("<p class=\"warn\">{}</p>",
                        Both("○ These prices are assumed. Set your own: <code>epochcost price set "
                             "{} cpu 0.3 {}/h</code>",
                             ForHtml(cost.sheets.back().name.Value()), cost.total.currency.Code()));
  }
}

}  // namespace

std::string ReportHtml(const RunCost& cost) {
  std::string html = "<!DOCTYPE html><html lang=\"";
  html += CurrentLanguage() == Language::kChinese ? "zh-CN" : "en";
  html +=
      "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">";
  html += fmt::format("<title>{} · EpochCost</title><style>{}</style></head><body>",
                      ForHtml(cost.run.name), kReportStyle);
  PutSwitches(html);
  html += "<div class=\"page\"><main>";
  PutTop(html, cost.run);
  PutFigures(html, cost);
  PutCharts(html, cost);
  PutResources(html, cost);
  if (!cost.epochs.empty()) {
    html += fmt::format("<h2>{}</h2>", Both("Epochs"));
    PutScopes(html, cost.epochs, "epoch", kRowsShown);
  }
  PutFormula(html, cost);
  if (!cost.phases.empty()) {
    html += fmt::format("<h2>{}</h2>", Both("Outside epochs"));
    PutScopes(html, cost.phases, "phase", kPhaseRowsShown);
  }
  PutNotices(html, cost);
  PutPrices(html, cost);
  html += fmt::format("<p class=\"faint\">● {} ◐ {} ○ {}. {}</p>", Both("measured"),
                      Both("modelled"), Both("assumed"),
                      Both("Amounts are exact sums of the ledger's lines; – means not metered."));
  html += "</main></div></body></html>\n";
  return html;
}

}  // namespace epochcost::api
