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

/** What is metered: the formula's terms, and what stands beside them. */
export function signalName(signal: components['schemas']['Signal']['term']): string {
  return signal === 'energy' ? m.energy() : signal === 'disk' ? m.disk() : termName(signal);
}

export function resourceName(resource: Resource): string {
  return {
    gpu: m.gpu(), cpu: m.cpu(), memory: m.memory(), network_in: m.network_in(),
    network_out: m.network_out(), loopback: m.loopback(), gpu_held: m.gpu_held(), gpu_energy: m.gpu_energy(),
    cpu_energy: m.cpu_energy(), disk_read: m.disk_read(), disk_write: m.disk_write(), rdma_in: m.rdma_in(), rdma_out: m.rdma_out(),
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

/** What is charged under a term. */
export const PARTS: Record<Term, readonly Resource[]> = {
  gpu: ['gpu'], cpu: ['cpu'], memory: ['memory'], network: ['network_in', 'network_out', 'rdma_in', 'rdma_out'],
};

/** Of a term from amounts by resource. Null where nothing of it was metered, which is not 0. */
export function termNano(
  nano: Partial<Record<Resource, string | number | null>>, term: Term,
): bigint | null {
  const known = PARTS[term].map((part) => nano[part]).filter((part) => part !== null && part !== undefined);
  return known.length ? known.reduce<bigint>((sum, part) => sum + BigInt(part), 0n) : null;
}
