import { describe, expect, it } from 'vitest';
import { denseLine, isDense } from '../../src/charts/dense';

const frame = { x: [0, 100] as [number, number], y: [0, 10] as [number, number], left: 0, top: 0, width: 10, height: 100 };

/** The pixels that a line covers, by column: from its top to its bottom. */
function columnsOf(x: number[], values: (number | null)[]): Map<number, [number, number]> {
  const found = new Map<number, [number, number]>();
  let at = 0;
  let from = 0;
  denseLine(x, values, frame, {
    moveTo: (px, py) => { at = Math.floor(px); from = py + 0.5; },
    lineTo: (_, py) => found.set(at, [from, py - 0.5]),
  });
  return found;
}

describe('a line with more points than pixels', () => {
  it('is told from one that has fewer', () => {
    expect([isDense(2400, 1200), isDense(100, 1200)]).toEqual([true, false]);
  });
  it('reaches in each column from its least to its greatest value', () => {
    const x = Array.from({ length: 100 }, (_, at) => at);
    const values = x.map((at) => (at === 42 ? 9 : at === 47 ? 1 : 5));
    const columns = columnsOf(x, values);
    expect(columns.size).toBe(10);
    expect(columns.get(4)).toEqual([10, 90]);
    expect(columns.get(2)).toEqual([50, 50]);
  });
  it('is joined from column to column, also over those without a point', () => {
    const columns = columnsOf([0, 1, 95, 96], [0, 0, 10, 10]);
    expect([...columns.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (let at = 1; at < 10; ++at) expect(columns.get(at)?.[1]).toBeGreaterThanOrEqual((columns.get(at - 1)?.[0] ?? 0) - 0.001);
  });
  it('keeps a gap where nothing is known', () => {
    expect([...columnsOf([0, 1, 50, 95, 96], [5, 5, null, 5, 5]).keys()]).toEqual([0, 9]);
  });
});
