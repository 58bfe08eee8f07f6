// Words on axes: bare numbers (the currency stands once in the title), dates as the reader writes them.

import { clock, day } from '../lib/time';
import { decimalsOf, type XKind } from './spec';

export function yLabels(splits: number[], locale: string): string[] {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  const top = Math.max(...splits.map(Math.abs));
  const digits = decimalsOf(step);
  const to = new Intl.NumberFormat(
    locale,
    top >= 100_000
      ? { notation: 'compact', maximumFractionDigits: 2 }
      : { minimumFractionDigits: digits, maximumFractionDigits: digits },
  );
  return splits.map((value) => to.format(Math.abs(value) < step / 1e6 ? 0 : value).replace('-', '−'));
}

export function xLabels(splits: number[], kind: XKind, locale: string): string[] {
  if (kind === 'money') return yLabels(splits, locale);
  if (kind !== 'time') {
    const to = new Intl.NumberFormat(locale);
    return splits.map((value) => (Number.isInteger(value) ? to.format(value) : ''));
  }
  const step = ((splits[1] ?? 0) - (splits[0] ?? 0)) * 1000;
  let lastDay = '';
  return splits.map((seconds) => {
    const ms = seconds * 1000;
    const today = day(ms, locale);
    const isNew = today !== lastDay;
    lastDay = today;
    if (step >= 86_400_000) return today;
    const text = clock(ms, locale, step < 60_000);
    return isNew ? `${text}\n${today}` : text;
  });
}
