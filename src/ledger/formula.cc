#include "ledger/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace epochcost::ledger {
namespace {

constexpr Wide kAttoPerNano = 1'000'000'000;
constexpr Wide kAttoPerUnit = kAttoPerNano * kNanoPerUnit;

Exact Product(std::int64_t price, std::int64_t quantity) { return {Wide{price} * quantity}; }

tl::unexpected<Error> TooLarge() {
  return Fail(ErrorCode::kOverflow, Say("this run's cost leaves 128 bits"),
              Say("the numbers are impossibly large"), Say("check their units: hours and GB"));
}

}  // namespace

Result<FormulaResult> Evaluate(const FormulaInput& input) {
  const std::array numbers = {input.c_gpu,    input.t_gpu,  input.c_cpu,  input.t_cpu,
                              input.c_mem,    input.m_avg,  input.c_net,  input.d_transfer,
                              input.c_energy, input.energy, input.c_disk, input.disk};
  if (std::ranges::min(numbers) < 0) {
    return Fail(ErrorCode::kInvalidInput, Say("the formula has a negative number"),
                Say("no price and no quantity is below 0"));
  }
  if (input.replicas < 1 || input.epochs < 1) {
    return Fail(ErrorCode::kInvalidInput,
                Say("{} replicas and {} epochs make no run", input.replicas, input.epochs),
                Say("there is at least one of each"));
  }
  FormulaResult result;
  result.gpu = Product(input.c_gpu, input.t_gpu);
  result.cpu = Product(input.c_cpu, input.t_cpu);
  result.memory = Product(input.c_mem, input.m_avg);
  result.network = Product(input.c_net, input.d_transfer);
  result.energy = Product(input.c_energy, input.energy);
  result.disk = Product(input.c_disk, input.disk);
  for (const Exact& term :
       {result.gpu, result.cpu, result.memory, result.network, result.energy, result.disk}) {
    if (__builtin_add_overflow(result.per_replica.atto, term.atto, &result.per_replica.atto))
      return TooLarge();
  }
  if (__builtin_mul_overflow(result.per_replica.atto, Wide{input.replicas},
                             &result.per_epoch.atto) ||
      __builtin_mul_overflow(result.per_epoch.atto, Wide{input.epochs}, &result.whole_run.atto)) {
    return TooLarge();
  }
  return result;
}

Wide ToNano(Exact value) {
  const Wide half = value.atto < 0 ? -kAttoPerNano / 2 : kAttoPerNano / 2;
  return (value.atto / kAttoPerNano) + (value.atto % kAttoPerNano + half) / kAttoPerNano;
}

std::string ToText(Exact value) {
  const Wide magnitude = value.atto < 0 ? -value.atto : value.atto;
  std::string text = ToString(magnitude / kAttoPerUnit);
  std::string fraction = fmt::format("{:018}", static_cast<std::int64_t>(magnitude % kAttoPerUnit));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return value.atto < 0 ? "-" + text : text;
}

}  // namespace epochcost::ledger
