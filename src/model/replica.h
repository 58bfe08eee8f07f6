#pragma once

#include <cstdint>

namespace epochcost {

// What belongs to no rank of a run that has ranks: the launcher, and what ran before a rank was
// told apart. No replica in the sense of N_replicas, but a part like one in every sum.
inline constexpr std::int32_t kSharedReplica = -1;

}  // namespace epochcost
