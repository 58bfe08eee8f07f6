#include "app/totals_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace epochcost::app {
namespace {

static_assert(std::endian::native == std::endian::little, "the totals file is little endian");

constexpr std::string_view kMagic = "ECTOTAL1";
constexpr std::size_t kBytes = 256;
constexpr std::size_t kSequenceAt = 8;
constexpr std::size_t kBodyAt = 16;
constexpr std::size_t kChecksumAt = 252;
constexpr std::uint64_t kClosed = 1;
constexpr std::uint64_t kProvisional = 2;
constexpr std::uint64_t kBudgeted = 4;
constexpr int kTries = 8;

using Bytes = std::array<std::uint8_t, kBytes>;

template <class T>
void Put(Bytes& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

template <class T>
T Get(const Bytes& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

std::uint32_t Checksum(const Bytes& bytes) {
  return static_cast<std::uint32_t>(crc32(0, bytes.data(), kChecksumAt));
}

Result<void> PutMoney(Bytes& bytes, std::size_t at, const Money& money) {
  const auto whole = Narrow(money.nano / kNanoPerUnit);
  if (!whole) {
    return Fail(ErrorCode::kOverflow,
                fmt::format("the total {} does not fit the totals file", ToString(money.nano)));
  }
  Put(bytes, at, *whole);
  Put(bytes, at + 8, static_cast<std::int64_t>(money.nano % kNanoPerUnit));
  return {};
}

Money GetMoney(const Bytes& bytes, std::size_t at, Currency currency) {
  return {
      .nano = Wide{Get<std::int64_t>(bytes, at)} * kNanoPerUnit + Get<std::int64_t>(bytes, at + 8),
      .currency = currency};
}

Result<Bytes> Encode(const Totals& totals, std::uint64_t sequence) {
  const Currency currency = totals.project.currency;
  if (totals.run.currency != currency || (totals.budget && totals.budget->currency != currency)) {
    return Fail(ErrorCode::kInvalidInput, "the totals of one project are in several currencies",
                fmt::format("the project's is in {}", currency.Code()));
  }
  Bytes bytes{};
  std::ranges::copy(kMagic, bytes.begin());
  Put(bytes, kSequenceAt, sequence);
  if (auto put = PutMoney(bytes, 16, totals.project); !put) return tl::unexpected(put.error());
  if (auto put = PutMoney(bytes, 32, totals.run); !put) return tl::unexpected(put.error());
  Put(bytes, 48, totals.as_of.ns);
  Put(bytes, 56, totals.as_of_utc.ns);
  Put(bytes, 64, totals.marks_up_to.ns);
  Put(bytes, 72,
      (totals.is_closed ? kClosed : 0) | (totals.has_provisional ? kProvisional : 0) |
          (totals.budget ? kBudgeted : 0));
  if (totals.budget) {
    if (auto put = PutMoney(bytes, 80, *totals.budget); !put) return tl::unexpected(put.error());
  }
  Put(bytes, 96, totals.threshold_ppm);
  std::ranges::copy(currency.Code(), bytes.begin() + 104);
  Put(bytes, 112, totals.sealed_close.ns);
  Put(bytes, kChecksumAt, Checksum(bytes));
  return bytes;
}

Result<Totals> Decode(const Bytes& bytes, const std::string& path) {
  const std::string_view code(reinterpret_cast<const char*>(bytes.data()) + 104, 8);
  const auto currency = Currency::Parse(code.substr(0, code.find('\0')));
  if (!currency) {
    return Fail(ErrorCode::kCorrupt, fmt::format("the totals in {} are damaged", path),
                currency.error().what);
  }
  const auto flags = Get<std::uint64_t>(bytes, 72);
  Totals totals{.project = GetMoney(bytes, 16, *currency),
                .run = GetMoney(bytes, 32, *currency),
                .as_of = {Get<std::int64_t>(bytes, 48)},
                .as_of_utc = {Get<std::int64_t>(bytes, 56)},
                .marks_up_to = {Get<std::int64_t>(bytes, 64)},
                .is_closed = (flags & kClosed) != 0,
                .has_provisional = (flags & kProvisional) != 0,
                .threshold_ppm = Get<std::int64_t>(bytes, 96),
                .sealed_close = {Get<std::int64_t>(bytes, 112)}};
  if ((flags & kBudgeted) != 0) totals.budget = GetMoney(bytes, 80, *currency);
  return totals;
}

bool WriteAt(int fd, const Bytes& bytes, std::size_t at, std::size_t size) {
  ssize_t put = -1;
  do {
    put = pwrite(fd, bytes.data() + at, size, static_cast<off_t>(at));
  } while (put < 0 && errno == EINTR);
  if (put >= 0 && put != static_cast<ssize_t>(size)) errno = ENOSPC;
  return put == static_cast<ssize_t>(size);
}

enum class Look { kWhole, kTorn, kEmpty, kForeign, kRefused };

Look LookOnce(int fd, Bytes& bytes) {
  const ssize_t got = pread(fd, bytes.data(), bytes.size(), 0);
  if (got < 0) return errno == EINTR ? Look::kTorn : Look::kRefused;
  if (got == 0) return Look::kEmpty;
  if (got < static_cast<ssize_t>(kBytes)) return Look::kTorn;
  const std::string_view magic(reinterpret_cast<const char*>(bytes.data()), kMagic.size());
  const auto sequence = Get<std::uint64_t>(bytes, kSequenceAt);
  if (magic != kMagic) return magic[0] == '\0' ? Look::kEmpty : Look::kForeign;
  if (sequence % 2 != 0 || Get<std::uint32_t>(bytes, kChecksumAt) != Checksum(bytes)) {
    return Look::kTorn;
  }
  return Look::kWhole;
}

}  // namespace

Result<TotalsWriter> TotalsWriter::Create(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Fail(ErrorCode::kIo, fmt::format("cannot write the totals to {}", path),
                SystemReason(errno));
  }
  TotalsWriter writer(path, fd);
  Bytes before{};
  if (pread(fd, before.data(), before.size(), 0) == static_cast<ssize_t>(kBytes)) {
    // A writer that died while writing left an odd number: the next even one is above it.
    writer.sequence_ = (Get<std::uint64_t>(before, kSequenceAt) + 1) / 2 * 2;
  }
  return writer;
}

TotalsWriter::TotalsWriter(TotalsWriter&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      sequence_(other.sequence_) {}

TotalsWriter& TotalsWriter::operator=(TotalsWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(sequence_, other.sequence_);
  return *this;
}

TotalsWriter::~TotalsWriter() {
  if (fd_ >= 0) close(fd_);
}

Result<void> TotalsWriter::Write(const Totals& totals) {
  auto bytes = Encode(totals, sequence_ + 2);
  if (!bytes) return tl::unexpected(std::move(bytes.error()));
  Bytes opening = *bytes;
  Put(opening, kSequenceAt, sequence_ + 1);
  if (!WriteAt(fd_, opening, 0, kBodyAt) || !WriteAt(fd_, *bytes, kBodyAt, kBytes - kBodyAt) ||
      !WriteAt(fd_, *bytes, kSequenceAt, sizeof(sequence_))) {
    return Fail(ErrorCode::kIo, fmt::format("cannot write the totals to {}", path_),
                SystemReason(errno));
  }
  sequence_ += 2;
  return {};
}

Result<Totals> ReadTotals(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return Fail(code, fmt::format("cannot read the totals in {}", path), SystemReason(errno));
  }
  Bytes bytes{};
  Look look = Look::kTorn;
  for (int i = 0; i < kTries && look == Look::kTorn; ++i) look = LookOnce(fd, bytes);
  const int error = errno;
  close(fd);
  switch (look) {
    case Look::kWhole:
      return Decode(bytes, path);
    case Look::kEmpty:
      return Fail(ErrorCode::kNotFound, fmt::format("no totals in {} yet", path));
    case Look::kForeign:
      return Fail(ErrorCode::kCorrupt, fmt::format("{} is not a totals file", path));
    case Look::kRefused:
      return Fail(ErrorCode::kIo, fmt::format("cannot read the totals in {}", path),
                  SystemReason(error));
    case Look::kTorn:
      break;
  }
  return Fail(ErrorCode::kUnavailable, fmt::format("the totals in {} are being written", path));
}

}  // namespace epochcost::app
