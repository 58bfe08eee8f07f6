// What the formula takes before a run: names, units and the reach of a slider. A reach is only where
// the slider ends; the field beside it takes any number, and the server judges it.

import * as m from '../../paraglide/messages.js';

export interface Input {
  name: string;
  symbol: string;
  unit: string;
  max: number;
  step: number;
  isWhole?: boolean;
}

export interface InputGroup {
  key: string;
  color: string;
  title: string;
  inputs: Input[];
}

const price = (name: string, symbol: string, unit: string, max: number): Input => ({ name, symbol, unit, max, step: max / 1000 });

export function inputGroups(currency: string): InputGroup[] {
  return [
    { key: 'gpu', color: 'gpu', title: m.gpu(), inputs: [price('c_gpu', 'C_gpu', `${currency}/h`, 100), { name: 't_gpu', symbol: 'T_gpu', unit: 'h', max: 48, step: 0.1 }] },
    { key: 'cpu', color: 'cpu', title: m.cpu(), inputs: [price('c_cpu', 'C_cpu', `${currency}/h`, 5), { name: 't_cpu', symbol: 'T_cpu', unit: 'h', max: 48, step: 0.1 }] },
    { key: 'memory', color: 'memory', title: m.memory(), inputs: [price('c_mem', 'C_mem', `${currency}/GB`, 1), { name: 'm_avg', symbol: 'M_avg', unit: 'GB', max: 1024, step: 1 }] },
    { key: 'network', color: 'network', title: m.network(), inputs: [price('c_net', 'C_net', `${currency}/GB`, 1), { name: 'd_transfer', symbol: 'D_transfer', unit: 'GB', max: 2000, step: 1 }] },
    { key: 'run', color: 'ink-2', title: m.whole_run(), inputs: [{ name: 'replicas', symbol: 'N_replicas', unit: '', max: 256, step: 1, isWhole: true }, { name: 'epochs', symbol: m.epochs(), unit: '', max: 500, step: 1, isWhole: true }] },
  ];
}

export type Scenario = Record<string, string>;

/** "preset:resnet152-v100,c_gpu:7": short enough for a link. */
export function writeScenario(scenario: Scenario): string {
  return Object.entries(scenario).filter(([, value]) => value !== '').map(([name, value]) => `${name}:${value}`).join(',');
}

export function readScenario(text: string): Scenario {
  const found: Scenario = {};
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    if (colon > 0) found[part.slice(0, colon)] = part.slice(colon + 1);
  }
  return found;
}

export function queryOf(scenario: Scenario): string {
  return new URLSearchParams(Object.entries(scenario).filter(([, value]) => value !== '')).toString();
}
