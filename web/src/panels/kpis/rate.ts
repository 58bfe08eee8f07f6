import { divideRounded, money, nano, type Money } from '../../lib/money';

const HOUR_NS = 3_600_000_000_000n;

/** What an hour of the run cost on the mean; nothing where no time has passed. */
export function meanRate(amount: Money, durationNs: string | number): Money | null {
  const span = BigInt(durationNs);
  return span > 0n ? money(divideRounded(nano(amount) * HOUR_NS, span), amount.currency) : null;
}
