// Exact money. An amount is a whole number of nano-units (10⁻⁹) of its currency and stays a BigInt
// up to the last step, where it becomes a decimal string; no total ever passes through a float.

import type { components } from '../api/types.gen';

export type Money = components['schemas']['Money'];
type Integer = string | number | bigint;

const PLACES = 9;
const UNIT = 10n ** BigInt(PLACES);
/** From here on axes and headline figures are compact; the exact amount is in their title. */
const COMPACT_FROM = 100_000n * UNIT;

export function nano(amount: Money | Integer): bigint {
  return BigInt(typeof amount === 'object' ? amount.nano : amount);
}

export function money(amount: bigint, currency: string): Money {
  return { nano: amount.toString(), currency };
}

export function add(...amounts: Money[]): Money {
  const [first, ...rest] = amounts;
  if (!first) throw new Error('add: no amounts');
  for (const each of rest) {
    if (each.currency !== first.currency) {
      throw new Error(`add: ${each.currency} to ${first.currency}`);
    }
  }
  return money(amounts.reduce((sum, each) => sum + nano(each), 0n), first.currency);
}

/** Half away from zero, as the program's own tables round. */
export function divideRounded(value: bigint, by: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const rounded = (magnitude + by / 2n) / by;
  return value < 0n ? -rounded : rounded;
}

/** "−12.345": exact, trailing zeros cut, at least two places. */
export function exactDecimal(value: bigint, places = PLACES): string {
  const step = 10n ** BigInt(PLACES - places);
  const rounded = divideRounded(value, step);
  const perUnit = UNIT / step;
  const magnitude = rounded < 0n ? -rounded : rounded;
  const whole = (magnitude / perUnit).toString();
  const fraction = places ? (magnitude % perUnit).toString().padStart(places, '0') : '';
  return `${rounded < 0n ? '-' : ''}${whole}${fraction && '.'}${fraction}`;
}

/** Two places; below one unit three significant digits, as far as nano-units reach. */
export function placesFor(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude === 0n || magnitude >= UNIT) return 2;
  return Math.min(PLACES, PLACES - magnitude.toString().length + 3);
}

const formats = new Map<string, Intl.NumberFormat>();

function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.NumberFormat(locale, options)));
  return found;
}

/** Intl reads a decimal string exactly (ES2023); TypeScript's own types lag behind. */
function write(to: Intl.NumberFormat, decimal: string): string {
  return to.format(decimal as unknown as number).replace('-', '−');
}

export interface MoneyStyle {
  /** "¥1.23M" from 100,000 on. */
  compact?: boolean;
  /** Every nano-unit, for titles and drill-down. */
  exact?: boolean;
  /** Leaves the currency out; the axis or column title names it. */
  bare?: boolean;
}

/** For a person. `narrowSymbol` is not used: it writes ¥ for both CNY and JPY. */
export function formatMoney(amount: Money, locale: string, style: MoneyStyle = {}): string {
  const value = nano(amount);
  const magnitude = value < 0n ? -value : value;
  const currency: Intl.NumberFormatOptions = style.bare
    ? {}
    : { style: 'currency', currency: amount.currency };
  if (style.compact && magnitude >= COMPACT_FROM) {
    const to = format(locale, {
      ...currency, notation: 'compact', minimumFractionDigits: 2, maximumFractionDigits: 2,
    });
    return write(to, exactDecimal(value, 2));
  }
  let places = placesFor(value);
  if (style.exact) {
    const fraction = exactDecimal(value).split('.')[1] ?? '';
    places = Math.max(2, fraction.replace(/0+$/, '').length);
  }
  const to = format(locale, {
    ...currency, minimumFractionDigits: places, maximumFractionDigits: places,
  });
  return write(to, exactDecimal(value, places));
}

/** A part of a whole for lengths and angles of a picture only: never for an amount. */
export function share(part: bigint, whole: bigint): number {
  if (whole === 0n) return 0;
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}

/** The nearest float, for the place of a mark on a canvas only. */
export function toPixelValue(value: Integer): number {
  const exact = BigInt(value);
  return Number(exact / UNIT) + Number(exact % UNIT) / 1e9;
}

export function symbolOf(currency: string, locale: string): string {
  const parts = format(locale, { style: 'currency', currency }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}
