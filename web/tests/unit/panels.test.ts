import { describe, expect, it } from 'vitest';
import type { Composition, Layer, RunItem } from '../../src/api/client';
import { readScenario, writeScenario } from '../../src/panels/estimate/inputs';
import { compositionSpec, spentAtEnd } from '../../src/panels/composition/composition';
import { depthOf, find, folded, layOut, neighbour, pathTo } from '../../src/panels/layers/tree';
import { costPerPoint, idleShare } from '../../src/panels/runs/columns';
import { termNano } from '../../src/lib/terms';
import { formatMoney } from '../../src/lib/money';
import { bytes, duration, percent, usage } from '../../src/lib/quantity';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const cny = (nano: number | string) => ({ nano: String(nano), currency: 'CNY' });
const group = (first: number, last: number, t0: number, t1: number, nano: number): Composition['groups'][number] => ({
  first, last, t0: at(t0), t1: at(t1), duration_ns: (t1 - t0) * 1e9, held_ns: 0, steps: 10, is_open: false,
  amount: cny(nano), provisional: cny(0), quality: 'measured',
  nano: { gpu: null, cpu: nano, memory: null, network_in: 0, network_out: null, loopback: null },
});
const phase = (t1: number, nano: number) => ({ t1: at(t1), amount: cny(nano) }) as Composition['phases'][number];

describe('composition', () => {
  const data = {
    schema_version: 1, run_id: 'a', revision: 1, currency: 'CNY', amount: cny(0),
    groups: [group(0, 0, 1, 2, 100), group(1, 4, 2, 6, 400)], phases: [phase(1, 7), phase(4, 5), phase(9, 1000)],
  } as Composition;

  it('adds phases to what was spent when they end', () => {
    expect(spentAtEnd(data)).toEqual([107n, 512n]);
  });
  it('loses nothing of a thousand random runs', () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let run = 0; run < 1000; ++run) {
      const epochs = 1 + random(40);
      let total = 0n;
      const amount = (): string => {
        const nano = BigInt(random(2 ** 30)) * BigInt(1 + random(2 ** 30));
        total += nano;
        return nano.toString();
      };
      const groups = Array.from({ length: epochs }, (_, index) => ({ ...group(index, index, 10 * index, 10 * index + 10, 0), amount: cny(amount()) }));
      const phases = Array.from({ length: random(10) }, () => ({ t1: at(random(10 * epochs)), amount: cny(amount()) })) as Composition['phases'];
      expect(spentAtEnd({ groups, phases }).at(-1)).toBe(total);
      const shown = formatMoney(cny(total.toString()), 'en', { exact: true, bare: true });
      expect(BigInt(shown.replaceAll(',', '').replace('.', '').padEnd(shown.replaceAll(',', '').indexOf('.') + 9, '0'))).toBe(total);
    }
  });
  it('shows the mean of an epoch where a bar stands for several', () => {
    const spec = compositionSpec(data, 'epoch', 'en');
    expect(spec.total?.(1)).toBe('CN¥0.000000100');
    expect(spec.edges).toEqual([[0.5, 1.5], [1.5, 5.5]]);
  });
  it('shows terms that were metered, and only these', () => {
    expect(compositionSpec(data, 'step', 'en').series.map((each) => each.key)).toEqual(['cpu', 'network']);
    expect(termNano({ network_in: null, network_out: null }, 'network')).toBeNull();
    expect(termNano({ network_in: 2, network_out: null, rdma_in: 3, gpu_energy: 7 }, 'network')).toBe(5n);
    expect(termNano({ network_in: '9007199254740993', network_out: null }, 'network')).toBe(9007199254740993n);
  });
});

describe('layers', () => {
  const layer = (name: string, nano: number, children: Layer[] = []): Layer => ({
    name, kind: 'k', amount: cny(nano), forward: cny(0), backward: cny(0), parameters: 0, operations: 0, quality: 'modelled', children,
  });
  const root = layer('m', 1000, [layer('a', 300, [layer('x', 100), layer('y', 200)]), layer('b', 500)]);

  it('gives each layer the width of its money, what is its own included', () => {
    const nodes = layOut(root, 'icicle', 1000, 100, 20);
    const width = (name: string): number => { const node = nodes.find((each) => each.data.name === name); return node ? node.x1 - node.x0 : 0; };
    expect([width('m'), width('a'), width('b'), width('y')]).toEqual([1000, 300, 500, 200]);
    expect(depthOf(root)).toBe(3);
  });
  it('is walked by arrow keys', () => {
    const [top] = layOut(root, 'icicle', 1000, 100, 20);
    const a = top && neighbour(top, 'ArrowDown');
    const b = a && neighbour(a, 'ArrowRight');
    expect([a, b, a && neighbour(a, 'End'), b && neighbour(b, 'ArrowUp')].map((node) => node && pathTo(node))).toEqual(['m/a', 'm/b', 'm/b', 'm']);
    expect(b && neighbour(b, 'ArrowRight')).toBeUndefined();
    expect(top && neighbour(top, 'ArrowUp')).toBeUndefined();
  });
  it('are shown as one where they are equal and numbered, with the sum of all', () => {
    const block = (name: string, nano: number): Layer => layer(name, nano, [layer('attn', nano / 4), layer('mlp', (nano * 3) / 4)]);
    const one = folded(layer('m', 1000, [layer('layers', 900, [block('0', 400), block('1', 500)]), layer('head', 100)]));
    const [layers] = one.children;
    expect(layers?.children.map((each) => [each.name, each.amount.nano])).toEqual([['×2', '900']]);
    expect(layers?.children[0]?.children.map((each) => each.amount.nano)).toEqual(['225', '675']);
    const unlike = layer('layers', 3, [layer('0', 1), layer('1', 2, [layer('x', 2)])]);
    expect(folded(unlike).children.map((each) => each.name)).toEqual(['0', '1']);
  });
  it('finds the part under a path, and the whole for a path to nowhere', () => {
    expect(find(root, 'm/a/y').name).toBe('y');
    expect(find(root, 'm/zzz')).toBe(root);
  });
});

describe('rows of the list', () => {
  const item = { amount: cny(1_000_000_000), billed: cny(4_000_000_000), idle: cny(3_000_000_000), metric: { name: 'val_accuracy', value: 0.5, epoch: 1, at: '' } } as RunItem;

  it('say idle of billed, and nothing where nothing is rented', () => {
    expect(idleShare(item)).toBe(0.75);
    expect(idleShare({ ...item, billed: cny(1_000_000_000), idle: cny(0) })).toBeNull();
  });
  it('say what a point cost only of what is a rate', () => {
    expect(costPerPoint(item)?.nano).toBe('20000000');
    expect(costPerPoint({ ...item, metric: { name: 'loss', value: 0.5, epoch: 1, at: '' } })).toBeNull();
  });
});

describe('words', () => {
  it('say spans of time', () => {
    expect([731_163_084, 11_500_000_000, '59960000000', '7500000000000', '90000000000000'].map(duration)).toEqual(
      ['731 ms', '11.5 s', '1 min 00 s', '2 h 05 min', '1 d 1 h'],
    );
  });
  it('say bytes in tens, usage in the unit of its price', () => {
    expect(bytes(174_005_287, 'en')).toBe('174 MB');
    expect(usage('3600000000000000', 'byte_ms', 'en')).toBe('1 GB·h');
    expect(usage('7200000000000', 'ns', 'en')).toBe('2 h');
  });
  it('never say 0 of what is not', () => {
    expect(percent(0.00001, 'en', 1)).toBe('< 0.1%');
    expect(percent(0, 'en', 1)).toBe('0.0%');
  });
  it('read a scenario as it was written', () => {
    const scenario = { preset: 'gpt3-175b-a100', c_gpu: '7.5' };
    expect(readScenario(writeScenario(scenario))).toEqual(scenario);
    expect(readScenario('')).toEqual({});
  });
});
