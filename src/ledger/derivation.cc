#include "ledger/derivation.h"

#include <charconv>
#include <optional>
#include <string>

#include "base/text.h"

namespace epochcost::ledger {
namespace {

constexpr Wide kNano = 1'000'000'000;
constexpr Wide kSecondsPerHour = 3600;
constexpr int kLargestExponent =
    36;  // 10³⁶ is the greatest that a product can still be reduced from

Wide Gcd(Wide a, Wide b) {
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

Ratio Reduced(Wide num, Wide den) {
  const Wide divisor = Gcd(num, den);
  return {num / divisor, den / divisor};
}

tl::unexpected<Error> TooLarge(std::string_view symbol) {
  return Fail(ErrorCode::kOverflow, Say("{} cannot be derived", symbol),
              Say("its numbers have more digits than 128 bits hold"),
              Say("give them with fewer digits"));
}

// Reduced before it is multiplied, so that what fits does not overflow on the way.
std::optional<Ratio> Times(const Ratio& a, const Ratio& b) {
  const Ratio left = Reduced(a.num, b.den);
  const Ratio right = Reduced(b.num, a.den);
  Ratio product;
  if (__builtin_mul_overflow(left.num, right.num, &product.num) ||
      __builtin_mul_overflow(left.den, right.den, &product.den)) {
    return std::nullopt;
  }
  return product;
}

std::optional<Ratio> Plus(const Ratio& a, const Ratio& b) {
  Wide left = 0;
  Wide right = 0;
  Ratio sum;
  if (__builtin_mul_overflow(a.num, b.den, &left) || __builtin_mul_overflow(b.num, a.den, &right) ||
      __builtin_add_overflow(left, right, &sum.num) ||
      __builtin_mul_overflow(a.den, b.den, &sum.den)) {
    return std::nullopt;
  }
  return Reduced(sum.num, sum.den);
}

// b > 0.
std::optional<Ratio> Over(const std::optional<Ratio>& a, const Ratio& b) {
  return a ? Times(*a, {b.den, b.num}) : std::nullopt;
}

tl::unexpected<Error> Refuse(std::string_view symbol, std::string why) {
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be that", symbol), std::move(why));
}

std::optional<Wide> PowerOfTen(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return exponent <= kLargestExponent ? std::optional(power) : std::nullopt;
}

// Digits with at most one point: their value without the point, and how many stood behind it.
struct Digits {
  Wide value = 0;
  int decimals = 0;
};
std::optional<Digits> ParseDigits(std::string_view text) {
  Digits digits;
  bool has_point = false;
  bool has_digit = false;
  for (const char c : text) {
    if (c == '_' && has_digit) continue;
    if (c == '.' && !has_point) {
      has_point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    has_digit = true;
    if (has_point) ++digits.decimals;
    if (__builtin_mul_overflow(digits.value, Wide{10}, &digits.value) ||
        __builtin_add_overflow(digits.value, Wide{c - '0'}, &digits.value)) {
      return std::nullopt;
    }
  }
  return has_digit ? std::optional(digits) : std::nullopt;
}

std::optional<int> ParseExponent(std::string_view text) {
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (exponent > kLargestExponent || exponent < -kLargestExponent) return std::nullopt;
  return exponent;
}

std::optional<Ratio> ParsePlain(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  const auto digits = ParseDigits(text.substr(0, e));
  const auto exponent =
      e == std::string_view::npos ? std::optional(0) : ParseExponent(text.substr(e + 1));
  if (!digits || !exponent) return std::nullopt;
  const int shift = *exponent - digits->decimals;
  const auto power = PowerOfTen(shift < 0 ? -shift : shift);
  if (!power) return std::nullopt;
  return Times({digits->value, 1}, shift < 0 ? Ratio{1, *power} : Ratio{*power, 1});
}

}  // namespace

Result<Ratio> ParseRatio(std::string_view symbol, std::string_view text) {
  const auto refuse = [&](std::string why) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", symbol, text.substr(0, 40)),
                std::move(why), Say("write it as 0.05 or 1.2e18"));
  };
  if (text.starts_with('-')) return refuse(Say("it is negative"));
  const auto value = ParsePlain(text);
  if (!value) return refuse(Say("it is no decimal number of at most 36 digits"));
  return *value;
}

Result<Ratio> DeriveGpuHours(const GpuTime& of) {
  if (of.f_gpu.num == 0) return Refuse("F_gpu", Say("a GPU whose clock stands still never ends"));
  if (of.u_gpu.num == 0 || of.u_gpu.num > of.u_gpu.den) {
    return Refuse("U_gpu", Say("a utilisation lies above 0 and is at most 1"));
  }
  auto hours = Over(Times(of.n_ops, of.p_avg), of.f_gpu);
  hours = Over(Over(hours, of.u_gpu), {kSecondsPerHour, 1});
  if (!hours) return TooLarge("T_gpu");
  return *hours;
}

Result<Ratio> DeriveMemoryGb(const AverageMemory& of) {
  if (of.s_factor.num < of.s_factor.den) {
    return Refuse("S_factor",
                  Say("the system's overhead multiplies by at least 1; usually by 1.1 to 1.3"));
  }
  const auto batch = Times(of.m_batch, of.b_size);
  const auto sum = batch ? Plus(of.m_model, *batch) : std::nullopt;
  const auto average = sum ? Times(*sum, of.s_factor) : std::nullopt;
  if (!average) return TooLarge("M_avg");
  return *average;
}

Result<Ratio> DeriveTransferGb(const Transfer& of) {
  if (of.c_compression.num == 0) {
    return Refuse("C_compression", Say("a compression ratio lies above 0; 1 is none"));
  }
  const auto transfer = Over(Times(of.m_grad, of.n_params), of.c_compression);
  if (!transfer) return TooLarge("D_transfer");
  return *transfer;
}

Result<Rounded> RoundToNano(std::string_view symbol, const Ratio& value) {
  const auto scaled = Times(value, {kNano, 1});
  if (!scaled) return TooLarge(symbol);
  Wide nano = scaled->num / scaled->den;
  const Wide rest = scaled->num % scaled->den;
  if (rest >= scaled->den - rest) ++nano;
  const auto narrow = Narrow(nano);
  if (!narrow) return TooLarge(symbol);
  return Rounded{*narrow, rest == 0};
}

}  // namespace epochcost::ledger
