// What a row of the list says, for the table and for the file alike.

import type { RunItem } from '../../api/client';
import { exactDecimal, formatMoney, money, nano, share, type Money } from '../../lib/money';
import { duration, number, percent } from '../../lib/quantity';
import * as m from '../../paraglide/messages.js';

/** Idle of billed; null where nothing is rented or billed. */
export function idleShare(item: RunItem): number | null {
  if (!item.billed || !item.idle || nano(item.billed) <= 0n || nano(item.billed) === nano(item.amount)) return null;
  return share(nano(item.idle), nano(item.billed));
}

/** What one point (a hundredth) of a rate such as an accuracy cost; only where it is one. */
export function costPerPoint(item: RunItem): Money | null {
  const value = item.metric?.value;
  const isRate = item.metric && /acc|auc|f1|precision|recall|bleu|map|iou/i.test(item.metric.name);
  if (!isRate || value === null || value === undefined || !(value > 0 && value <= 1)) return null;
  const millionths = BigInt(Math.round(value * 1e6));
  return millionths > 0n ? money((nano(item.amount) * 10_000n) / millionths, item.amount.currency) : null;
}

export function metricText(item: RunItem, locale: string): string {
  const value = item.metric?.value;
  if (value === null || value === undefined) return '–';
  return /acc|auc|f1|precision|recall|map|iou/i.test(item.metric?.name ?? '') && value > 0 && value <= 1
    ? percent(value, locale)
    : number(value, locale, Math.abs(value) < 10 ? 3 : 1);
}

export function stateName(item: RunItem): string {
  if (item.run.state === 'running') return m.state_running();
  if (item.run.state === 'interrupted') return m.state_interrupted();
  return item.run.exit_code ? m.state_failed({ code: String(item.run.exit_code) }) : m.state_finished();
}

export function runTable(items: RunItem[], locale: string): { columns: string[]; rows: (string | number | null)[][] } {
  return {
    columns: [
      m.run(), m.project(), 'id', m.state(), m.started(), m.duration(), 'duration_ns', m.epochs(), m.currency(), m.cost(),
      'amount_nano', m.cost_per_epoch(), m.idle(), m.metric(), m.cost_per_point(), m.forecast_error(),
    ],
    rows: items.map((item) => [
      item.run.name, item.run.project, item.run.id, stateName(item), item.run.started, duration(item.duration_ns),
      String(item.duration_ns), item.epochs, item.amount.currency, exactDecimal(nano(item.amount)), item.amount.nano,
      item.amount_per_epoch && exactDecimal(nano(item.amount_per_epoch)), item.idle && exactDecimal(nano(item.idle)),
      item.metric?.value ?? null, (() => { const cost = costPerPoint(item); return cost && formatMoney(cost, locale); })(),
      item.forecast_error_ppm === null ? null : percent(item.forecast_error_ppm / 1e6, locale),
    ]),
  };
}
