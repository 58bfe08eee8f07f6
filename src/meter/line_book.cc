#include "meter/line_book.h"

#include <algorithm>

namespace epochcost::meter {

LineBook::LineBook(Owner owner, ClockAnchor anchor, bool memory_per_epoch)
    : owner_(std::move(owner)), anchor_(anchor), memory_per_epoch_(memory_per_epoch) {}

void LineBook::ResumeScope(std::int32_t replica, Scope scope, Wide byte_ms,
                           std::vector<Piece> pieces) {
  if (!memory_per_epoch_ || pieces.empty()) return;
  Account& account = accounts_[{replica, scope}];
  account.byte_ms = byte_ms;
  account.pieces = std::move(pieces);
}

void LineBook::Write(std::int32_t replica, Resource resource,
                     const std::vector<SeriesEvent>& events) {
  const bool gathers = memory_per_epoch_ && resource == Resource::kMemory;
  for (const SeriesEvent& event : events) {
    if (event.sealed) {
      sealed_.push_back(Line(++seq_, replica, resource, *event.sealed));
      if (gathers) Gather(accounts_, replica, *event.sealed);
    }
    if (event.live && gathers) CloseAllBut(replica, *event.live);
  }
}

void LineBook::CloseScopes() {
  for (const auto& [key, account] : accounts_) {
    sealed_.push_back(ClosingLine(++seq_, key.first, key.second, account));
  }
  accounts_.clear();
}

std::vector<UsageLine> LineBook::AsIfSealed(const std::vector<OpenStretch>& open) const {
  std::vector<UsageLine> lines;
  Accounts accounts = accounts_;
  std::int64_t seq = seq_;
  for (const OpenStretch& one : open) {
    lines.push_back(Line(++seq, one.replica, one.resource, one.stretch));
    if (memory_per_epoch_ && one.resource == Resource::kMemory) {
      Gather(accounts, one.replica, one.stretch);
    }
  }
  for (const auto& [key, account] : accounts) {
    lines.push_back(ClosingLine(++seq, key.first, key.second, account));
  }
  return lines;
}

UsageLine LineBook::Line(std::int64_t seq, std::int32_t replica, Resource resource,
                         const Stretch& stretch) const {
  return {.id = {owner_.project, owner_.agent, owner_.boot, seq, resource},
          .run = owner_.run,
          .replica = replica,
          .scope = stretch.scope,
          .kind = LineKind::kUsage,
          .t0 = anchor_.ToUtc(stretch.t0),
          .t1 = anchor_.ToUtc(stretch.t1),
          .u0 = stretch.u0,
          .u1 = stretch.u1,
          .quality = stretch.quality,
          .source = stretch.source};
}

UsageLine LineBook::ClosingLine(std::int64_t seq, std::int32_t replica, Scope scope,
                                const Account& account) const {
  return {.id = {owner_.project, owner_.agent, owner_.boot, seq, Resource::kMemory},
          .run = owner_.run,
          .replica = replica,
          .scope = scope,
          .kind = LineKind::kMemoryClose,
          .t0 = account.pieces.front().t0,
          .t1 = account.pieces.back().t1,
          .u0 = 0,
          .u1 = account.byte_ms,
          .quality = account.quality,
          .source = account.source,
          .pieces = account.pieces};
}

void LineBook::Gather(Accounts& accounts, std::int32_t replica, const Stretch& stretch) const {
  Account& account = accounts[{replica, stretch.scope}];
  account.byte_ms += stretch.u1 - stretch.u0;
  account.quality = Worse(account.quality, stretch.quality);
  account.source = stretch.source;
  AddPiece(account.pieces, {.t0 = anchor_.ToUtc(stretch.t0),
                            .t1 = anchor_.ToUtc(stretch.t1),
                            .held = stretch.t1 - stretch.t0});
}

void LineBook::CloseAllBut(std::int32_t replica, const std::vector<Scope>& live) {
  for (auto it = accounts_.begin(); it != accounts_.end();) {
    const auto& [owner, scope] = it->first;
    if (owner != replica || std::ranges::find(live, scope) != live.end()) {
      ++it;
      continue;
    }
    sealed_.push_back(ClosingLine(++seq_, replica, scope, it->second));
    it = accounts_.erase(it);
  }
}

}  // namespace epochcost::meter
