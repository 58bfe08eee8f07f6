// A planned training as the link holds it and as the estimator is asked.

import type { Scenario } from '../estimate/inputs';

export const FIRST: Scenario = {
  model: 'llama3-8b', device: 'A100-SXM-80GB', count: '8', tokens: '1000000000', batch: '512',
  zero: '3', recompute: 'full',
};

/** What the machine is made of; all else goes to the estimator as it stands. */
const OF_MACHINE = ['device', 'count', 'price'];

export function machineOf(plan: Scenario): string {
  const price = plan['price'] ? `@${plan['price']}` : '';
  return `${plan['count'] || '1'}x${plan['device'] ?? ''}${price}`;
}

export function planQuery(plan: Scenario): URLSearchParams {
  const rest = Object.entries(plan).filter(([name, value]) => value !== '' && !OF_MACHINE.includes(name));
  return new URLSearchParams([...rest, ['machine', machineOf(plan)]]);
}

/** The same training on other machines: how it is laid out is left open, so that each gets its best. */
export function comparisonQuery(plan: Scenario, machines: string[]): URLSearchParams {
  const query = planQuery(plan);
  for (const name of ['machine', 'tensor', 'zero', 'recompute', 'precision', 'micro_batch']) query.delete(name);
  query.set('machines', machines.join(','));
  return query;
}

export const POWERS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
export const UP_TO_EIGHT = [1, 2, 4, 8];

/** 1, 2, 5, 10, 20 … : what a slider over many sizes stops at. */
export function decades(from: number, to: number): number[] {
  const found: number[] = [];
  for (let size = from; size <= to; size *= 10) found.push(size, 2 * size, 5 * size);
  return found.filter((each) => each <= to);
}
