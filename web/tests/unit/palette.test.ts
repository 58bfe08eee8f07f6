// Colours of resources must differ for every kind of sight, and stand out from the panel.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Vector = [number, number, number];
/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const SIGHTS: Record<string, [Vector, Vector, Vector]> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const RESOURCES = ['gpu', 'cpu', 'memory', 'network', 'storage', 'energy'];

const css = readFileSync(new URL('../../src/app.css', import.meta.url), 'utf8');
function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]));
}
const THEMES: Record<string, Record<string, string>> = { light: tokens(':root'), dark: { ...tokens(':root'), ...tokens(':root[data-theme="dark"]') } };

function linear(hex: string): Vector {
  const part = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
function lab(rgb: Vector): Vector {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f(dot(rgb, [0.4124564, 0.3575761, 0.1804375]) / 0.95047);
  const y = f(dot(rgb, [0.2126729, 0.7151522, 0.072175]));
  const z = f(dot(rgb, [0.0193339, 0.119192, 0.9503041]) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const seen = (hex: string, sight: [Vector, Vector, Vector]): Vector =>
  lab(sight.map((row) => Math.min(1, Math.max(0, dot(row, linear(hex))))) as Vector);
const distance = (a: Vector, b: Vector): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
function contrast(a: string, b: string): number {
  const of = (hex: string): number => dot(linear(hex), [0.2126, 0.7152, 0.0722]) + 0.05;
  const [low, high] = [of(a), of(b)].sort((p, q) => p - q) as [number, number];
  return high / low;
}

describe.each(Object.entries(THEMES))('the %s theme', (_, theme) => {
  const color = (name: string): string => theme[name] ?? 'missing';

  it.each(Object.entries(SIGHTS))('keeps resources at least ΔE 20 apart for %s sight', (_, sight) => {
    for (const a of RESOURCES) {
      for (const b of RESOURCES.slice(0, RESOURCES.indexOf(a))) {
        expect(distance(seen(color(a), sight), seen(color(b), sight)), `${a} and ${b}`).toBeGreaterThanOrEqual(20);
      }
    }
  });
  it('draws marks at 3:1 or more', () => {
    for (const name of [...RESOURCES, 'idle', 'budget', 'fan']) {
      expect(contrast(color(name), color('panel')), name).toBeGreaterThanOrEqual(3);
    }
  });
  it('writes text at 4.5:1 or more on every ground it stands on', () => {
    const pairs = [
      ...['bg', 'panel', 'raised'].flatMap((ground) => ['ink', 'ink-2', 'ink-3', 'accent'].map((ink) => [ink, ground])),
      ...['good', 'warn', 'bad'].flatMap((ink) => [[ink, 'panel'], [ink, `${ink}-soft`], [ink, 'bg']]),
      ['accent', 'accent-soft'], ['ink', 'bad-soft'], ['ink-2', 'bad-soft'], ['ink', 'accent-soft'], ['ink-3', 'accent-soft'],
    ] as [string, string][];
    for (const [ink, ground] of pairs) {
      expect(contrast(color(ink), color(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});
