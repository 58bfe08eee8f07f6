#include "app/keeper.h"

#include <iterator>
#include <utility>

#include "app/order.h"
#include "base/log.h"
#include "base/retell.h"
#include "base/text.h"
#include "ledger/pricer.h"
#include "store/sqlite/sqlite_store.h"
#include "tariff/reference.h"

namespace epochcost::app {
namespace {

// Long enough for another writer's commit, short enough that readings go on in time.
constexpr Nanos kBusyTimeout{100 * kNanosPerMilli};

template <class T>
void Extend(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Result<Keeper> Keeper::Open(const RunOrder& order, const RunFolder& folder) {
  Keeper keeper(order, folder);
  Result<void> opened = keeper.OpenStore(order.ledger);
  // A ledger that somebody has locked for a moment is worth a few more tries.
  for (int attempt = 0; !opened && opened.error().code == ErrorCode::kUnavailable && attempt < 50;
       ++attempt) {
    opened = keeper.OpenStore(order.ledger);
  }
  if (!opened) {
    const auto fallen = keeper.FallBack(opened.error().what + ": " + opened.error().why);
    if (!fallen) return tl::unexpected(fallen.error());
  }
  for (const Notice& notice : order.notices) keeper.Tell(notice);
  return keeper;
}

Result<void> Keeper::OpenStore(const std::string& path) {
  auto store = store::sqlite::Open(path, store::sqlite::OpenMode::kReadWriteCreate, kBusyTimeout);
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);
  path_ = path;
  if (const auto added = store_->AddSheet(tariff::ReferenceSheet()); !added) return added;
  if (const auto recorded = RecordSheets(*store_, order_.own_sheets); !recorded) return recorded;
  if (const auto loaded = LoadPrices(); !loaded) return loaded;
  if (const auto begun = store_->BeginRun(run_); !begun) return begun;
  if (order_.budget) {
    return store_->PutProject({run_.project, order_.budget, order_.threshold_ppm});
  }
  return {};
}

Result<void> Keeper::FallBack(const std::string& why) {
  const std::string place = folder_.FallbackLedger();
  if (path_ == place) return Fail(ErrorCode::kUnavailable, Say("cannot write {}", place), why);
  if (const auto opened = OpenStore(place); !opened) return opened;
  LogWarning("the ledger cannot be used ({}); this run is kept in {}", why, place);
  Tell({NoticeKind::kDegraded, run_.started,
        ForRecord("the ledger {} cannot be used: {}; this run is kept in {}", order_.ledger, why,
                  place),
        ForRecord("epochcost show --db {}", place)});
  return {};
}

Result<void> Keeper::LoadPrices() {
  const auto revision = store_->SheetsRevision();
  if (!revision) return tl::unexpected(revision.error());
  auto sheets = store_->Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  auto book = tariff::PriceBook::Make(std::move(*sheets));
  if (!book) return tl::unexpected(book.error());
  prices_.emplace(std::move(*book));
  revision_ = *revision;
  return {};
}

bool Keeper::PricesChanged() {
  const auto revision = store_->SheetsRevision();
  if (!revision || *revision == revision_) return false;
  const auto loaded = LoadPrices();
  if (!loaded) LogWarning("new prices were not taken: {}", loaded.error().what);
  return loaded.has_value();
}

Result<PriceSheet> Keeper::SheetAt(UtcTime time) const {
  const auto sheet = prices_->At(run_.sheet, time);
  if (!sheet) return tl::unexpected(sheet.error());
  return **sheet;
}

std::vector<LedgerLine> Keeper::Price(const std::vector<UsageLine>& lines) {
  const ledger::PriceLookup lookup = [this](const SheetName& sheet, UtcTime t0, UtcTime t1) {
    return prices_->Spans(sheet, t0, t1);
  };
  std::vector<LedgerLine> out;
  for (UsageLine line : lines) {
    line.id.project = run_.project;
    auto priced = ledger::Price(line, run_.sheet, lookup);
    if (!priced) {  // use that cannot be priced is kept all the same
      Tell({NoticeKind::kDegraded, line.t0, priced.error().what + ": " + priced.error().why,
            priced.error().hint});
      out.push_back({line, run_.sheet, 0, NanoMoney{0}});
      continue;
    }
    Extend(out, std::move(priced->lines));
    for (const Resource resource : priced->unpriced) {
      bool& told = told_unpriced_.at(static_cast<std::size_t>(resource));
      if (std::exchange(told, true)) continue;
      Tell({NoticeKind::kDegraded, line.t0,
            ForRecord("sheet {} has no price for {}: its use is recorded and costs 0",
                      run_.sheet.Value(), Info(resource).name),
            ForRecord("epochcost price set {} {} AMOUNT UNIT", run_.sheet.Value(),
                      Info(resource).name)});
    }
  }
  return out;
}

Result<void> Keeper::MoveTo(const ProjectId& project) {
  if (const auto moved = store_->MoveRun(run_.id, project); !moved) return moved;
  run_.project = project;
  if (!waiting_) return {};
  waiting_->project = project;
  for (auto* lines : {&waiting_->sealed, &waiting_->open}) {
    for (LedgerLine& line : *lines) line.usage.id.project = project;
  }
  return {};
}

void Keeper::Merge(epochcost::Commit&& commit) {
  if (!waiting_) {
    waiting_ = std::move(commit);
    return;
  }
  epochcost::Commit& all = *waiting_;
  Extend(all.sealed, std::move(commit.sealed));
  Extend(all.notices, std::move(commit.notices));
  Extend(all.metrics, std::move(commit.metrics));
  Extend(commit.progress.closed, std::move(all.progress.closed));
  Extend(commit.progress.steps_of, std::move(all.progress.steps_of));
  all.open = std::move(commit.open);
  all.provisional = commit.provisional;
  all.contiguous_seq = commit.contiguous_seq;
  all.readings = std::move(commit.readings);
  all.mark_offsets = std::move(commit.mark_offsets);
  all.progress = std::move(commit.progress);
  all.newest_reading = commit.newest_reading;
}

Result<Kept> Keeper::Commit(const BootId& boot, meter::Harvest harvest,
                            std::vector<MarkOffset> offsets) {
  auto sealed = Price(harvest.sealed);
  auto open = Price(harvest.open);
  epochcost::Commit commit{.project = run_.project,
                           .run = run_.id,
                           .agent = run_.agent,
                           .boot = boot,
                           .contiguous_seq = harvest.contiguous_seq,
                           .sealed = std::move(sealed),
                           .open = {},
                           .provisional = Money{0, run_.currency},
                           .readings = std::move(harvest.readings),
                           .mark_offsets = std::move(offsets),
                           .notices = std::move(harvest.notices),
                           .metrics = std::move(harvest.metrics),
                           .progress = std::move(harvest.progress),
                           .newest_reading = harvest.newest_reading};
  for (LedgerLine& line : open) {
    if (line.usage.kind == LineKind::kMemoryClose) {
      commit.provisional.nano += line.amount.Count();
    } else {
      commit.open.push_back(std::move(line));
    }
  }
  Extend(commit.notices, std::exchange(untold_, {}));
  Merge(std::move(commit));
  const auto receipt = store_->Append(*waiting_);
  if (!receipt) return tl::unexpected(receipt.error());
  Kept kept{*receipt, std::move(waiting_->sealed), std::move(waiting_->progress.closed),
            receipt->run_total - waiting_->provisional};
  waiting_.reset();
  return kept;
}

}  // namespace epochcost::app
