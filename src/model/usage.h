#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/wide.h"
#include "model/vocabulary.h"

namespace epochcost {

// The same however often the line is sent. `seq` counts the lines of one boot of one agent, without
// gaps; 1 is the first.
struct LineId {
  ProjectId project;
  AgentId agent;
  BootId boot;
  std::int64_t seq = 0;
  Resource resource{};
  friend auto operator<=>(const LineId&, const LineId&) = default;
};

enum class LineKind : std::uint8_t {
  kUsage,        // u1 − u0 units of the resource were used in [t0, t1)
  kMemoryClose,  // closes a scope for memory priced per epoch: posts the amount, adds no usage
};

// A stretch of time that belonged to a scope. `held` ≤ t1 − t0: less where neighbouring stretches
// were merged to keep their number bounded.
struct Piece {
  UtcTime t0;
  UtcTime t1;
  Nanos held;
  friend bool operator==(const Piece&, const Piece&) = default;
};

// A scope has at most this many pieces; where there are more, neighbours are merged.
inline constexpr std::size_t kMostPieces = 256;

// Adds a stretch that follows the last piece: joined with it where they touch.
void AddPiece(std::vector<Piece>& pieces, const Piece& piece);

// What one replica used of one resource in [t0, t1): the cumulative readings of its series at both
// ends. A series is (agent, boot, run, replica, resource); its reading starts at 0.
//
// kMemoryClose: u0 = 0, u1 = the scope's byte·ms, `pieces` = when it was open.
struct UsageLine {
  LineId id;
  RunId run;
  std::int32_t replica = 0;
  Scope scope;
  LineKind kind = LineKind::kUsage;
  UtcTime t0;
  UtcTime t1;
  Wide u0 = 0;
  Wide u1 = 0;
  Quality quality = Quality::kMeasured;
  SourceKind source = SourceKind::kNone;
  std::vector<Piece> pieces;
  friend bool operator==(const UsageLine&, const UsageLine&) = default;
};

}  // namespace epochcost
