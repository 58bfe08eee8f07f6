#include "tariff/price_book.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace epochcost::tariff {
namespace {

Result<void> CheckFellows(const PriceSheet& before, const PriceSheet& after) {
  if (before.version == after.version && before != after) {
    return Fail(ErrorCode::kConflict,
                Say("version {} of sheet {} is there twice, with different content", after.version,
                    after.name.Value()));
  }
  if (before.currency != after.currency) {
    return Fail(ErrorCode::kConflict,
                Say("{} is in {} and in {}", after.name.Value(), before.currency.Code(),
                    after.currency.Code()),
                Say("a sheet keeps its currency"),
                Say("give the other currency a sheet of its own"));
  }
  return {};
}

std::string List(const std::vector<SheetName>& names) {
  std::string text;
  for (const SheetName& name : names) text += (text.empty() ? "" : ", ") + name.Value();
  return text;
}

}  // namespace

Result<PriceBook> PriceBook::Make(std::vector<PriceSheet> sheets) {
  std::ranges::stable_sort(sheets, {}, &PriceSheet::version);
  PriceBook book;
  for (PriceSheet& sheet : sheets) {
    Chapter& chapter = book.chapters_[sheet.name];
    if (!chapter.versions.empty()) {
      if (auto fits = CheckFellows(chapter.versions.back(), sheet); !fits)
        return tl::unexpected(fits.error());
      if (chapter.versions.back().version == sheet.version) continue;
    }
    // Recorded later: it overrules whatever was to come from its valid_from on.
    while (!chapter.steps.empty() && chapter.steps.back().from >= sheet.valid_from)
      chapter.steps.pop_back();
    chapter.steps.push_back({sheet.valid_from, chapter.versions.size()});
    chapter.versions.push_back(std::move(sheet));
  }
  return book;
}

Result<const PriceBook::Chapter*> PriceBook::Find(const SheetName& name) const {
  const auto found = chapters_.find(name);
  if (found != chapters_.end()) return &found->second;
  return Fail(ErrorCode::kNotFound, Say("there is no price sheet '{}'", name.Value()),
              chapters_.empty() ? Say("there is none at all") : Say("there are: {}", List(Names())),
              Say("add one: epochcost price import FILE"));
}

Result<std::size_t> PriceBook::StepAt(const Chapter& chapter, UtcTime time) {
  const auto after = std::ranges::upper_bound(chapter.steps, time, {}, &Step::from);
  if (after != chapter.steps.begin())
    return static_cast<std::size_t>(after - chapter.steps.begin()) - 1;
  const PriceSheet& first = chapter.versions.at(chapter.steps.front().version);
  return Fail(ErrorCode::kNotFound,
              Say("sheet {} has no price at {}", first.name.Value(), FormatUtc(time)),
              Say("its first version in force begins at {}", FormatUtc(first.valid_from)),
              Say("choose another sheet, or give this one an earlier valid_from"));
}

Result<std::vector<PriceSpan>> PriceBook::Spans(const SheetName& name, UtcTime t0,
                                                UtcTime t1) const {
  const auto chapter = Find(name);
  if (!chapter) return tl::unexpected(chapter.error());
  const auto first = StepAt(**chapter, t0);
  if (!first) return tl::unexpected(first.error());
  const std::vector<Step>& steps = (*chapter)->steps;
  std::vector<PriceSpan> spans;
  UtcTime begin = t0;
  for (std::size_t step = *first; step < steps.size(); ++step) {
    const bool is_last = step + 1 == steps.size() || steps[step + 1].from >= t1;
    const UtcTime end = is_last ? t1 : steps[step + 1].from;
    spans.push_back({begin, end, (*chapter)->versions.at(steps[step].version)});
    if (is_last) break;
    begin = end;
  }
  return spans;
}

Result<const PriceSheet*> PriceBook::At(const SheetName& name, UtcTime time) const {
  const auto chapter = Find(name);
  if (!chapter) return tl::unexpected(chapter.error());
  const auto step = StepAt(**chapter, time);
  if (!step) return tl::unexpected(step.error());
  return &(*chapter)->versions.at((*chapter)->steps[*step].version);
}

const PriceSheet* PriceBook::Latest(const SheetName& name) const {
  const auto found = chapters_.find(name);
  return found == chapters_.end() ? nullptr : &found->second.versions.back();
}

std::vector<SheetName> PriceBook::Names() const {
  std::vector<SheetName> names;
  for (const auto& [name, chapter] : chapters_) names.push_back(name);
  return names;
}

}  // namespace epochcost::tariff
