import { describe, expect, it } from 'vitest';
import { xLabels, yLabels } from '../../src/charts/axis';
import { escapeXml, plotSvg } from '../../src/charts/picture';
import { decimalsOf, extent, nearest, stack, ticks, type PlotSpec } from '../../src/charts/spec';
import { csv, csvCell } from '../../src/lib/exports';

const spec = (changes: Partial<PlotSpec> = {}): PlotSpec => ({
  name: 'a <b>', xKind: 'epoch', xLabel: 'x', yLabel: 'y', x: [1, 2], edges: [[0.5, 1.5], [1.5, 2.5]],
  series: [
    { key: 'a', label: 'A', color: 'cpu', kind: 'stack', values: [1, 2] },
    { key: 'b', label: 'B', color: 'gpu', kind: 'stack', values: [null, 3] },
  ],
  tell: () => ({ head: '', lines: [] }),
  ...changes,
});

describe('a stack', () => {
  it('starts at 0 and lies band on band, a gap counting as nothing', () => {
    expect(stack(spec().series)).toEqual([[1, 2], [1, 5]]);
    expect(extent(spec())[0]).toBe(0);
    expect(extent(spec())[1]).toBeCloseTo(5.2);
  });
  it('reaches below 0 where an amount does', () => {
    expect(extent(spec({ series: [{ key: 'i', label: '', color: 'idle', kind: 'line', values: [-2, 1] }] }))[0]).toBe(-2);
  });
  it('is not flattened by a level far above', () => {
    const far = spec({ marks: [{ kind: 'level', label: '', color: 'budget', y: 5000 }] });
    expect(extent(far)[1]).toBeLessThan(6);
    const near = spec({ marks: [{ kind: 'level', label: '', color: 'budget', y: 8 }] });
    expect(extent(near)[1]).toBeGreaterThan(8);
  });
});

describe('axes', () => {
  it('finds the nearest point', () => {
    expect([0, 1.4, 1.6, 9].map((value) => nearest([1, 2, 4], value))).toEqual([0, 0, 1, 2]);
  });
  it('ticks in steps of 1, 2 or 5', () => {
    expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(0, 0, 5)).toEqual([0]);
    expect([5, 0.2, 2.5, 0.00025].map(decimalsOf)).toEqual([0, 1, 1, 5]);
  });
  it('writes as many digits as neighbours need to differ', () => {
    expect(yLabels([0, 0.0005, 0.001], 'en')).toEqual(['0.0000', '0.0005', '0.0010']);
    expect(yLabels([0, 100000, 200000], 'zh-CN')).toEqual(['0', '10万', '20万']);
  });
  it('names only whole epochs', () => {
    expect(xLabels([1, 1.5, 2], 'epoch', 'en')).toEqual(['1', '', '2']);
  });
});

describe('what is taken along', () => {
  it('is no formula to a spreadsheet, and a number stays one', () => {
    expect(csvCell('=HYPERLINK("x")')).toBe('"\'=HYPERLINK(""x"")"');
    expect(csvCell('@cmd')).toBe("'@cmd");
    expect(csvCell('-12.5')).toBe('-12.5');
    expect(csv({ columns: ['a', 'b'], rows: [['1,2', null]] })).toBe('a,b\r\n"1,2",\r\n');
  });
  it('is a picture that no name can break', () => {
    expect(escapeXml('<a href="x">&\u0000')).toBe('&#60;a href=&#34;x&#34;&#62;&#38;');
    const svg = plotSvg(spec(), () => '#123456', 'en');
    expect(svg).not.toContain('<b>');
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg.match(/<path d="M/g)?.length).toBe(3);
  });
});
