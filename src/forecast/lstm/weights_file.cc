// The weights file: a line that names it, seven counts, the workloads, the
// teachers, the floats, a checksum.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "forecast/lstm/network.h"

namespace epochcost::forecast::lstm {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kFamily = "epochcost-lstm ";
constexpr std::string_view kHead = "epochcost-lstm 1\n";
constexpr std::uint32_t kMostHidden = 512;
constexpr std::uint32_t kMostMembers = 32;
constexpr std::uint32_t kMostNames = 65536;

// FNV-1a, 64 bits.
std::uint64_t Checksum(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

template <class T>
void Put(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

// Reads what Put wrote; `ok` turns false at the end of the bytes and stays so.
struct Taker {
  std::string_view rest;
  bool ok = true;

  template <class T>
  T Take() {
    T value{};
    ok = ok && rest.size() >= sizeof(T);
    if (!ok) return value;
    std::memcpy(&value, rest.data(), sizeof(T));
    rest.remove_prefix(sizeof(T));
    return value;
  }
  std::string_view Take(std::size_t count) {
    ok = ok && rest.size() >= count;
    if (!ok) return {};
    const std::string_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    return taken;
  }
};

tl::unexpected<Error> Corrupt() {
  return Fail(ErrorCode::kCorrupt, Say("the forecaster's weights were cut or altered"), {},
              Say("epochcost forecast train makes new ones; without any, the LSTM is left out"));
}

}  // namespace

std::string Network::Write() const {
  std::string bytes(kHead);
  Put(bytes, static_cast<std::uint32_t>(kInputs));
  Put(bytes, static_cast<std::uint32_t>(kEmbedding));
  Put(bytes, static_cast<std::uint32_t>(kQuantiles.size()));
  Put(bytes, static_cast<std::uint32_t>(hidden_));
  Put(bytes, static_cast<std::uint32_t>(members_.size()));
  Put(bytes, static_cast<std::uint32_t>(workloads_.size()));
  Put(bytes, static_cast<std::uint32_t>(teachers_.size()));
  for (const std::string& workload : workloads_) {
    Put(bytes, static_cast<std::uint32_t>(workload.size()));
    bytes += workload;
  }
  for (const Teacher& teacher : teachers_) {
    Put(bytes, static_cast<std::uint32_t>(teacher.owner.size()));
    bytes += teacher.owner;
    Put(bytes, teacher.unseen_by);
  }
  for (const std::vector<float>& member : members_) {
    for (const float weight : member) Put(bytes, weight);
  }
  Put(bytes, Checksum(bytes));
  return bytes;
}

Result<Network> Network::Read(std::string_view bytes) {
  if (!bytes.starts_with(kHead)) {
    const bool is_other_version = bytes.starts_with(kFamily);
    return Fail(ErrorCode::kUnsupported,
                is_other_version ? Say("the forecaster's weights are of another version")
                                 : Say("this is no weights file of the forecaster"),
                {},
                Say("epochcost forecast train makes new ones; without any, the LSTM is left out"));
  }
  if (bytes.size() < kHead.size() + sizeof(std::uint64_t)) return Corrupt();
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(std::uint64_t));
  Taker end{bytes.substr(body.size())};
  if (end.Take<std::uint64_t>() != Checksum(body)) return Corrupt();

  Taker taker{body.substr(kHead.size())};
  const auto inputs = taker.Take<std::uint32_t>();
  const auto embedding = taker.Take<std::uint32_t>();
  const auto quantiles = taker.Take<std::uint32_t>();
  const auto hidden = taker.Take<std::uint32_t>();
  const auto count = taker.Take<std::uint32_t>();
  const auto known = taker.Take<std::uint32_t>();
  const auto taught = taker.Take<std::uint32_t>();
  if (!taker.ok || inputs != kInputs || embedding != kEmbedding || quantiles != kQuantiles.size() ||
      hidden == 0 || hidden > kMostHidden || count == 0 || count > kMostMembers ||
      known > kMostNames || taught > kMostNames) {
    return Corrupt();
  }
  std::vector<std::string> workloads;
  for (std::uint32_t i = 0; i < known && taker.ok; ++i) {
    workloads.emplace_back(taker.Take(taker.Take<std::uint32_t>()));
    if (i > 0 && workloads[i] <= workloads[i - 1]) return Corrupt();
  }
  std::vector<Teacher> teachers;
  for (std::uint32_t i = 0; i < taught && taker.ok; ++i) {
    Teacher& teacher = teachers.emplace_back();
    teacher.owner = taker.Take(taker.Take<std::uint32_t>());
    teacher.unseen_by = taker.Take<std::int32_t>();
    if (i > 0 && teacher.owner <= teachers[i - 1].owner) return Corrupt();
  }
  const std::size_t each = Layout{known, hidden}.All();
  if (!taker.ok || taker.rest.size() != count * each * sizeof(float)) return Corrupt();
  std::vector<std::vector<float>> members(count, std::vector<float>(each));
  for (std::vector<float>& member : members) {
    for (float& weight : member) {
      weight = taker.Take<float>();
      if (!std::isfinite(weight)) return Corrupt();
    }
  }
  return Network(std::move(workloads), hidden, std::move(members), std::move(teachers));
}

}  // namespace epochcost::forecast::lstm
