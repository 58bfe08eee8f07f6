// The four terms of the formula and the resources they are made of: names, colours, order.

import type { components } from '../api/types.gen';
import * as m from '../paraglide/messages.js';

export type Term = components['schemas']['TermName'];
export type Resource = components['schemas']['ResourceName'];
export type ScopeKind = components['schemas']['ScopeKind'];

/** The order of the formula, everywhere. */
export const TERMS: readonly Term[] = ['gpu', 'cpu', 'memory', 'network'];

export function termName(term: Term): string {
  return { gpu: m.gpu(), cpu: m.cpu(), memory: m.memory(), network: m.network() }[term];
}

export function resourceName(resource: Resource): string {
  return {
    gpu: m.gpu(), cpu: m.cpu(), memory: m.memory(), network_in: m.network_in(),
    network_out: m.network_out(), loopback: m.loopback(),
  }[resource];
}

export function scopeName(kind: ScopeKind, index: number): string {
  const n = String(index + 1);
  return {
    epoch: m.scope_epoch({ n }), setup: m.scope_setup(), eval: m.scope_eval({ n }),
    checkpoint: m.scope_checkpoint({ n }), idle: m.scope_idle({ n }),
  }[kind];
}

export function phaseName(kind: ScopeKind): string {
  return {
    epoch: m.phase_epoch(), setup: m.phase_setup(), eval: m.phase_eval(),
    checkpoint: m.phase_checkpoint(), idle: m.phase_idle(),
  }[kind];
}

/** Of a term from amounts by resource. Null where nothing of it was metered, which is not 0. */
export function termNano(
  nano: Partial<Record<Resource, string | number | null>>, term: Term,
): bigint | null {
  const parts = term === 'network' ? [nano.network_in, nano.network_out] : [nano[term]];
  const known = parts.filter((part) => part !== null && part !== undefined);
  return known.length ? known.reduce<bigint>((sum, part) => sum + BigInt(part), 0n) : null;
}
