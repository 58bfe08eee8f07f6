// What was spent so far over time, where it goes from here, and where it meets the budget.

import type { Alert, ForecastAnswer, Series } from '../../api/client';
import type { PlotBand, PlotMark, PlotSpec, ToldLine } from '../../charts/spec';
import { formatMoney, money, toPixelValue } from '../../lib/money';
import { dateTimeWithZone, instant } from '../../lib/time';
import { percent } from '../../lib/quantity';
import * as m from '../../paraglide/messages.js';

type Forecast = NonNullable<ForecastAnswer['forecast']>;
type Interval = Forecast['intervals'][number];

/** In words of chance, as a reader says it: "9 in 10". */
export function intervalName(interval: Interval): string {
  const tenths = interval.level_ppm / 100_000;
  return Number.isInteger(tenths)
    ? m.interval_in_ten({ n: String(tenths) })
    : m.interval_percent({ p: String(interval.level_ppm / 10_000) });
}

/** From the widest, which is the faintest; they lie upon each other. */
export function bandOpacity(at: number): number {
  return 0.14 + 0.1 * at;
}

/** As many as can be told apart, from the first on. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)] as T);
}

export interface TrajectoryInput {
  series: Series;
  answer: ForecastAnswer | null;
  locale: string;
  withPast?: boolean;
  /** Those that a reader must act on stand as ▼ above the line. */
  alerts?: Alert[];
}

export function trajectorySpec({ series, answer, locale, withPast = false, alerts = [] }: TrajectoryInput): PlotSpec {
  const { currency } = series;
  const origin = instant(series.origin) / 1000;
  const spentX = series.t_ms.map((ms) => origin + ms / 1000);
  const spent = series.cumulative_nano.map(toPixelValue);
  const forecast = answer?.forecast ?? null;
  const points = forecast?.points ?? [];
  const lastX = spentX.at(-1) ?? origin;
  const ahead = points.filter((point) => instant(point.at) / 1000 > lastX);
  const x = [...spentX, ...ahead.map((point) => instant(point.at) / 1000)];
  const pad = <T>(count: number): (T | null)[] => Array.from({ length: count }, () => null);
  const words = (nano: string | number | bigint): string =>
    formatMoney(money(BigInt(nano), currency), locale);

  const joint = Math.max(0, spent.length - 1);
  const now = spent.at(-1) ?? 0;
  const bands: PlotBand[] = ahead.length
    ? [...(ahead[0]?.intervals ?? [])]
        .sort((a, b) => b.level_ppm - a.level_ppm)
        .map(({ level_ppm: level }, at) => {
          const edge = (side: 'low' | 'high'): (number | null)[] => [
            ...pad<number>(joint), now,
            ...ahead.map((point) => {
              const found = point.intervals.find((each) => each.level_ppm === level);
              return found ? toPixelValue(found[side].nano) : null;
            }),
          ];
          return {
            label: intervalName({ level_ppm: level } as Interval), color: 'fan',
            opacity: bandOpacity(at), low: edge('low'), high: edge('high'),
          };
        })
    : [];

  const past = withPast ? spread(answer?.past ?? [], 6) : [];
  const marks: PlotMark[] = [];
  const limit = answer?.budget?.limit;
  if (limit && limit.currency === currency) {
    marks.push({
      kind: 'level', color: 'budget', y: toPixelValue(limit.nano),
      label: m.budget_of({ amount: formatMoney(limit, locale) }),
    });
    const at = forecast?.crossing?.at;
    if (at) {
      marks.push({ kind: 'point', color: 'budget', x: instant(at) / 1000, y: toPixelValue(limit.nano), label: '' });
    }
  }
  for (const alert of alerts) {
    if (alert.severity !== 'info') marks.push({ kind: 'alert', color: 'bad', x: instant(alert.at) / 1000, label: alert.detail });
  }
  if (ahead.length) marks.push({ kind: 'now', color: 'ink-3', x: lastX, label: '' });

  return {
    name: m.trajectory_title(),
    xKind: 'time',
    xLabel: m.axis_time(),
    yLabel: m.axis_total({ currency }),
    x,
    series: [
      { key: 'spent', label: m.spent(), color: 'fan', kind: 'line', values: [...spent, ...pad<number>(ahead.length)] },
      ...(ahead.length
        ? [{
            key: 'median', label: m.forecast_median(), color: 'fan', kind: 'dash' as const,
            values: [...pad<number>(joint), now, ...ahead.map((point) => toPixelValue(point.median.nano))],
          }]
        : []),
      ...past.map((each, at) => ({
        key: `past-${at}`, label: m.forecast_made({ n: String(each.after_epoch) }), color: 'ink-3', kind: 'past' as const,
        values: pastValues(each, x),
      })),
    ],
    bands,
    marks,
    tell: (at) => {
      const head = dateTimeWithZone((x[at] ?? 0) * 1000, locale);
      if (at < spent.length) {
        const sum = String(series.cumulative_nano[at] ?? 0);
        const lines: ToldLine[] = [{ key: 'spent', label: m.spent(), color: 'fan', text: words(sum), exact: sum }];
        const rate = series.rate_nano_per_hour[at];
        if (rate !== undefined) {
          lines.push({ key: 'rate', label: m.rate(), color: 'ink-3', text: m.per_hour_of({ amount: words(rate) }), exact: String(rate) });
        }
        return { head, lines };
      }
      const point = ahead[at - spent.length];
      if (!point) return { head, lines: [] };
      return {
        head: `${m.scope_epoch({ n: String(point.epoch) })} · ${head}`,
        lines: [
          { key: 'median', label: m.forecast_median(), color: 'fan', text: words(point.median.nano), exact: point.median.nano },
          ...point.intervals.map((each) => ({
            key: `i${each.level_ppm}`, label: intervalName(each), color: 'ink-3',
            text: m.range({ low: words(each.low.nano), high: words(each.high.nano) }),
          })),
        ],
      };
    },
  };
}

/** How fast money was spent, per hour, between one reading and the next. */
export function rateSpec(series: Series, locale: string): PlotSpec {
  const { currency } = series;
  const origin = instant(series.origin) / 1000;
  // The first point is the origin, before which there is no rate.
  const from = series.t_ms[0] === 0 ? 1 : 0;
  const x = series.t_ms.slice(from).map((ms) => origin + ms / 1000);
  const rates = series.rate_nano_per_hour.slice(from);
  return {
    name: m.rate_title(),
    xKind: 'time',
    xLabel: m.axis_time(),
    yLabel: m.axis_per_hour({ currency }),
    x,
    series: [{ key: 'rate', label: m.rate(), color: 'fan', kind: 'line', values: rates.map(toPixelValue) }],
    tell: (at) => {
      const nano = String(rates[at] ?? 0);
      return {
        head: dateTimeWithZone((x[at] ?? 0) * 1000, locale),
        lines: [{ key: 'rate', label: m.rate(), color: 'fan', exact: nano, text: m.per_hour_of({ amount: formatMoney(money(BigInt(nano), currency), locale) }) }],
      };
    },
  };
}

/** An earlier forecast on the x of this chart, straight between its own points. */
function pastValues(forecast: Forecast, x: number[]): (number | null)[] {
  const points = forecast.points.map((point) => [instant(point.at) / 1000, toPixelValue(point.median.nano)] as const);
  let next = 0;
  return x.map((at) => {
    while (next < points.length && (points[next]?.[0] ?? 0) < at) ++next;
    const after = points[next];
    const before = points[next - 1];
    if (!after || !before) return null;
    return before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0] || 1);
  });
}

/** Nothing that is ahead is certain, nor quite impossible. */
export function chance(probability: number, locale: string): string {
  if (probability > 0.99) return `> ${percent(0.99, locale, 0)}`;
  if (probability < 0.01) return `< ${percent(0.01, locale, 0)}`;
  return percent(probability, locale, 0);
}

export function crossingSentence(forecast: Forecast | null, locale: string): string {
  const crossing = forecast?.crossing;
  if (!crossing) return '';
  const p = chance(crossing.probability_ppm / 1e6, locale);
  return crossing.at
    ? m.crossing_at({ at: dateTimeWithZone(crossing.at, locale), p })
    : m.crossing_none({ p });
}
