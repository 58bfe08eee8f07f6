// What the estimator's numbers are called, and how they read.

import type { Figure, Plan, PlannedRun } from '../../api/client';
import * as m from '../../paraglide/messages.js';

export function tierName(tier: PlannedRun['tier']): string {
  return { datasheet: m.tier_datasheet(), calibrated: m.tier_calibrated(), probed: m.tier_probed() }[tier];
}

export function tierWords(tier: PlannedRun['tier']): string {
  return { datasheet: m.tier_datasheet_long(), calibrated: m.tier_calibrated_long(), probed: m.tier_probed_long() }[tier];
}

export type Symbol = keyof Plan['derivations'];

export const SYMBOLS: readonly [Symbol, string][] = [
  ['n_ops', 'N_ops'], ['p_avg', 'P_avg'], ['f_gpu', 'F_gpu'], ['u_gpu', 'U_gpu'], ['t_gpu', 'T_gpu'], ['t_cpu', 'T_cpu'],
  ['m_model', 'M_model'], ['m_batch', 'M_batch'], ['b_size', 'B_size'], ['s_factor', 'S_factor'], ['m_avg', 'M_avg'],
  ['m_grad', 'M_grad'], ['n_params', 'N_params'], ['c_compression', 'C_compression'], ['d_transfer', 'D_transfer'],
];

export function meaning(symbol: Symbol): string {
  return {
    n_ops: m.term_n_ops(), p_avg: m.term_p_avg(), f_gpu: m.term_f_gpu(), u_gpu: m.term_u_gpu(), t_gpu: m.term_t_gpu(),
    t_cpu: m.term_t_cpu(), m_model: m.term_m_model(), m_batch: m.term_m_batch(), b_size: m.term_b_size(), s_factor: m.term_s_factor(),
    m_avg: m.term_m_avg(), m_grad: m.term_m_grad(), n_params: m.term_n_params(), c_compression: m.term_c_compression(), d_transfer: m.term_d_transfer(),
  }[symbol];
}

/** Three digits, as an estimate is known; large and small ones with a power of ten. */
export function three(value: number, locale: string): string {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e6 || size < 1e-3)) {
    const power = Math.floor(Math.log10(size));
    const digits = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value / 10 ** power);
    return `${digits}×10${[...String(power)].map((each) => (each === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(each)])).join('')}`;
  }
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
}

export function withUnit(value: number, unit: string, locale: string): string {
  if (unit === '1') return three(value, locale);
  return `${three(value, locale)} ${unit}`;
}

export function figure({ value, low, high, unit }: Figure, locale: string): string {
  const text = withUnit(value, unit, locale);
  return low === high ? text : `${text} (${m.range({ low: three(low, locale), high: three(high, locale) })})`;
}

/** Nanoseconds, for `duration`. */
export const hoursOf = (hours: number): bigint => BigInt(Math.round(hours * 3.6e6)) * 1_000_000n;
