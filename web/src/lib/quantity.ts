// Times, bytes and shares for a person. Whole base units come in, words go out.

import * as m from '../paraglide/messages.js';

type Integer = string | number | bigint;

const SECOND = 1_000_000_000;
/** U+2212, as wide as a plus sign; a hyphen is not a minus. */
const withTrueMinus = (text: string): string => text.replace('-', '−');

export function number(value: number, locale: string, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return withTrueMinus(new Intl.NumberFormat(locale, options).format(value));
}

export function count(value: Integer, locale: string): string {
  return withTrueMinus(new Intl.NumberFormat(locale).format(BigInt(value)));
}

/** `share` of 1 as "12.3 %"; what is not zero is never shown as 0. */
export function percent(share: number, locale: string, digits = 1): string {
  const least = 10 ** -(digits + 2);
  if (share > 0 && share < least) return `< ${percent(least, locale, digits)}`;
  const options = {
    style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits,
  } as const;
  return withTrueMinus(new Intl.NumberFormat(locale, options).format(share));
}

/** "731 ms", "11.5 s", "3 min 20 s", "2 h 05 min", "4 d 3 h". */
export function duration(nanos: Integer): string {
  const seconds = Number(BigInt(nanos)) / SECOND;
  if (seconds < 0) return `−${duration(-BigInt(nanos))}`;
  if (seconds < 1) return m.span_ms({ ms: String(Math.round(seconds * 1000)) });
  if (seconds < 59.95) return m.span_s({ s: seconds.toFixed(1) });
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return m.span_min_s({ min: String(Math.floor(whole / 60)), s: two(whole % 60) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) {
    return m.span_h_min({ h: String(Math.floor(minutes / 60)), min: two(minutes % 60) });
  }
  const hours = Math.round(seconds / 3600);
  return m.span_d_h({ d: String(Math.floor(hours / 24)), h: String(hours % 24) });
}

const DECIMAL_BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal multiples, as networks and price sheets count. */
export function bytes(value: Integer, locale: string): string {
  let number = Number(BigInt(value));
  let step = 0;
  while (Math.abs(number) >= 1000 && step < DECIMAL_BYTES.length - 1) {
    number /= 1000;
    ++step;
  }
  const digits = step === 0 ? 0 : number >= 100 ? 0 : number >= 10 ? 1 : 2;
  const text = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(number);
  return `${text} ${DECIMAL_BYTES[step]}`;
}

function significant(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 }).format(value);
}

/** What was used, in the unit that its price is in: hours, GB·h, GB. */
export function usage(quantity: Integer, unit: string, locale: string): string {
  const value = BigInt(quantity);
  if (unit === 'ns') {
    const hours = Number(value) / SECOND / 3600;
    return hours < 0.1 ? duration(value) : `${significant(hours, locale)} h`;
  }
  if (unit === 'byte_ms') {
    const byteHours = Number(value) / 3.6e6;
    const step = byteHours < 1 ? 0 : Math.min(5, Math.floor(Math.log10(byteHours) / 3));
    return `${significant(byteHours / 1000 ** step, locale)} ${DECIMAL_BYTES[step]}·h`;
  }
  if (unit === 'uj') return `${significant(Number(value) / 3.6e12, locale)} kWh`;
  return bytes(value, locale);
}
