// Instants for a person, in the zone of the reader; exports keep ISO 8601.

import * as m from '../paraglide/messages.js';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatted(ms: number, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = locale + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale, options)));
  return found.format(ms);
}

/** Milliseconds since 1970 of "2026-11-23T21:19:04.123456789Z". */
export function instant(iso: string): number {
  return Date.parse(iso);
}

export function dateTime(at: string | number, locale: string): string {
  const ms = typeof at === 'string' ? instant(at) : at;
  const isThisYear = new Date(ms).getFullYear() === new Date().getFullYear();
  return formatted(ms, locale, {
    ...(!isThisYear && { year: 'numeric' }),
    month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  });
}

export function dateTimeWithZone(at: string | number, locale: string): string {
  const ms = typeof at === 'string' ? instant(at) : at;
  return formatted(ms, locale, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
    second: '2-digit', hourCycle: 'h23', timeZoneName: 'short',
  });
}

export function clock(ms: number, locale: string, seconds = false): string {
  return formatted(ms, locale, {
    hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' }), hourCycle: 'h23',
  });
}

export function day(ms: number, locale: string): string {
  return formatted(ms, locale, { month: 'short', day: 'numeric' });
}

/** "5 s ago", "3 min ago"; from a day on the date. */
export function ago(at: string | number, now: number, locale: string): string {
  const ms = typeof at === 'string' ? instant(at) : at;
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 60) return m.ago_s({ n: String(seconds) });
  if (seconds < 3600) return m.ago_min({ n: String(Math.floor(seconds / 60)) });
  if (seconds < 86400) return m.ago_h({ n: String(Math.floor(seconds / 3600)) });
  return dateTime(ms, locale);
}
