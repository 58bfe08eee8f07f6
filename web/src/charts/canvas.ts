// Hands a PlotSpec to uPlot. Data alone changes in place; only another shape builds a new chart.

import type UPlot from 'uplot';
import { xLabels, yLabels } from './axis';
import { denseLine, isDense } from './dense';
import { extent, stack, type PlotSpec } from './spec';

export interface Drawing {
  theme: string;
  locale: string;
  onCursor: (index: number, left: number) => void;
  onSelect: ((range: [number, number] | null) => void) | undefined;
}

interface Made {
  spec: PlotSpec;
  shape: string;
  drawing: Drawing;
}

const made = new WeakMap<UPlot, Made>();
let library: Promise<typeof UPlot> | null = null;

function load(): Promise<typeof UPlot> {
  library ??= import('uplot').then((found) => found.default);
  return library;
}

function shapeOf(spec: PlotSpec, drawing: Drawing): string {
  return JSON.stringify([
    drawing.theme, drawing.locale, spec.xKind, spec.series.map((each) => [each.key, each.kind, each.color]),
    spec.bands?.length ?? 0, Boolean(spec.edges),
  ]);
}

/** uPlot's columns: x, lines, then low and high of each band. Stacks are drawn by ourselves. */
function columns(spec: PlotSpec): UPlot.AlignedData {
  const lines = spec.series.filter((each) => each.kind !== 'stack').map((each) => each.values);
  const bands = (spec.bands ?? []).flatMap((band) => [band.high, band.low]);
  return [spec.x, ...lines, ...bands] as UPlot.AlignedData;
}

function xRange(spec: PlotSpec): [number, number] {
  const first = spec.edges?.[0]?.[0] ?? spec.x[0] ?? 0;
  const last = spec.edges?.at(-1)?.[1] ?? spec.x.at(-1) ?? 1;
  return first === last ? [first - 1, last + 1] : [first, last];
}

/** The chart in `host`: the old one with new data, or a new one. */
export async function drawn(
  host: HTMLElement, old: UPlot | null, spec: PlotSpec, size: { width: number; height: number },
  drawing: Drawing,
): Promise<UPlot> {
  const Chart = await load();
  const shape = shapeOf(spec, drawing);
  const known = old && made.get(old);
  if (old && known && known.shape === shape) {
    known.spec = spec;
    known.drawing = drawing;
    if (old.width !== size.width || old.height !== size.height) old.setSize(size);
    old.setData(columns(spec), true);
    return old;
  }
  old?.destroy();
  host.replaceChildren();
  const state: Made = { spec, shape, drawing };
  const chart = new Chart(options(Chart, state, size, host), columns(spec), host);
  made.set(chart, state);
  return chart;
}

function colors(host: HTMLElement): (name: string) => string {
  const style = getComputedStyle(host);
  return (name) => style.getPropertyValue(`--${name}`).trim() || '#888888';
}

function isDenseIn(chart: UPlot, spec: PlotSpec): boolean {
  return isDense(spec.x.length, chart.bbox.width);
}

function options(Chart: typeof UPlot, state: Made, size: { width: number; height: number }, host: HTMLElement): UPlot.Options {
  const { spec, drawing } = state;
  const color = colors(host);
  const font = `11px ${getComputedStyle(host).fontFamily}`;
  const axis = { stroke: color('ink-3'), font, ticks: { show: false }, grid: { stroke: color('line'), width: 1 } };
  const lines = spec.series.filter((each) => each.kind !== 'stack');
  const bandsFrom = 1 + lines.length;
  const straight = Chart.paths.linear?.() ?? (() => null);
  return {
    ...size,
    padding: [12, 12, 0, 4],
    ms: 1e-3,
    legend: { show: false },
    focus: { alpha: 1 },
    cursor: {
      y: false, points: { show: false }, drag: { x: Boolean(drawing.onSelect), y: false, setScale: false },
      sync: { key: `x-${spec.xKind}`, setSeries: false, scales: ['x', null] },
    },
    scales: {
      x: { time: false, range: () => xRange(state.spec) },
      y: { range: () => extent(state.spec) },
    },
    axes: [
      {
        ...axis, grid: { show: false }, size: spec.xKind === 'time' ? 40 : 26, space: 70, gap: 6,
        ...(spec.xKind === 'time' ? { incrs: TIME_STEPS } : {}),
        ...(spec.xKind === 'epoch' || spec.xKind === 'step' ? { incrs: WHOLE_STEPS } : {}),
        values: (_: UPlot, splits: number[]) => xLabels(splits, spec.xKind, drawing.locale),
      },
      {
        ...axis, space: 36, gap: 6,
        size: (_: UPlot, values: string[] | null) => 16 + 6.6 * Math.max(2, ...(values ?? []).map((text) => text.length)),
        values: (_: UPlot, splits: number[]) => yLabels(splits, drawing.locale),
      },
    ],
    series: [
      {},
      ...lines.map((each) => ({
        stroke: color(each.color), width: each.kind === 'past' ? 1 : 2, points: { show: false },
        ...(each.kind === 'line' && { paths: (chart: UPlot, at: number, from: number, to: number) => (isDenseIn(chart, state.spec) ? null : straight(chart, at, from, to)) }),
        ...(each.kind === 'dash' && { dash: [6, 4] }), ...(each.kind === 'past' && { alpha: 0.45 }),
      })),
      ...(spec.bands ?? []).flatMap(() => [
        { stroke: 'transparent', width: 0, points: { show: false } },
        { stroke: 'transparent', width: 0, points: { show: false } },
      ]),
    ],
    bands: (spec.bands ?? []).map((band, at) => ({
      series: [bandsFrom + 2 * at, bandsFrom + 2 * at + 1] as [number, number],
      fill: withAlpha(color(band.color), band.opacity),
    })),
    hooks: {
      drawAxes: [(chart) => drawStack(chart, state.spec, color)],
      drawSeries: [(chart, at) => drawDense(chart, at, state.spec, color)],
      draw: [(chart) => drawMarks(chart, state.spec, color, font)],
      setCursor: [
        (chart) => {
          const { idx, left } = chart.cursor;
          const isOff = idx === null || idx === undefined || (left ?? -1) < 0;
          if (isOff) state.drawing.onCursor(-1, 0);
          else state.drawing.onCursor(idx, (left ?? 0) + chart.bbox.left / devicePixelRatio);
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width > 3) {
            state.drawing.onSelect?.([chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')]);
          }
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [(chart) => chart.over.addEventListener('dblclick', () => state.drawing.onSelect?.(null))],
    },
  };
}

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
  172_800, 604_800, 2_592_000,
];
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat();

/** Of "#rrggbb", as the tokens of app.css are written; not every canvas understands color-mix. */
function withAlpha(color: string, alpha: number): string {
  return color + Math.round(alpha * 255).toString(16).padStart(2, '0');
}

function hatch(context: CanvasRenderingContext2D, color: string): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const side = 6 * devicePixelRatio;
  tile.width = tile.height = side;
  const ink = tile.getContext('2d');
  if (!ink) return color;
  ink.strokeStyle = color;
  ink.lineWidth = 1.4 * devicePixelRatio;
  ink.beginPath();
  for (const shift of [-side, 0, side]) {
    ink.moveTo(shift, side);
    ink.lineTo(shift + side, 0);
  }
  ink.stroke();
  return context.createPattern(tile, 'repeat') ?? color;
}

/** uPlot leaves lines with more points than pixels to this. */
function drawDense(chart: UPlot, at: number, spec: PlotSpec, color: (name: string) => string): void {
  const line = spec.series.filter((each) => each.kind !== 'stack')[at - 1];
  if (line?.kind !== 'line' || !isDenseIn(chart, spec)) return;
  const { ctx, bbox } = chart;
  const path = new Path2D();
  const frame = { ...bbox, x: xRange(spec), y: extent(spec) };
  denseLine(spec.x, line.values, frame, path);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = color(line.color);
  ctx.lineWidth = 1;
  ctx.setLineDash([]);
  ctx.stroke(path);
  ctx.restore();
}

/** Bars from 0 up, one path for each band, edges on whole pixels so that neighbours meet. */
function drawStack(chart: UPlot, spec: PlotSpec, color: (name: string) => string): void {
  const stacked = spec.series.filter((each) => each.kind === 'stack');
  if (!stacked.length || !spec.edges) return;
  const { ctx } = chart;
  const tops = stack(stacked);
  const lefts = spec.edges.map(([left]) => Math.round(chart.valToPos(left, 'x', true)));
  const rights = spec.edges.map(([, right]) => Math.round(chart.valToPos(right, 'x', true)));
  const gap = (rights[0] ?? 0) - (lefts[0] ?? 0) > 6 * devicePixelRatio ? Math.round(devicePixelRatio) : 0;
  ctx.save();
  stacked.forEach((band, level) => {
    const path = new Path2D();
    tops[level]?.forEach((top, at) => {
      const below = level ? (tops[level - 1]?.[at] ?? 0) : 0;
      if (top === below) return;
      const y = chart.valToPos(top, 'y', true);
      const base = chart.valToPos(below, 'y', true);
      path.rect((lefts[at] ?? 0) + gap / 2, y, Math.max(1, (rights[at] ?? 0) - (lefts[at] ?? 0) - gap), base - y);
    });
    ctx.fillStyle = band.hatched ? hatch(ctx, color(band.color)) : color(band.color);
    ctx.fill(path);
  });
  ctx.restore();
}

function drawMarks(chart: UPlot, spec: PlotSpec, color: (name: string) => string, font: string): void {
  const { ctx, bbox } = chart;
  const dpr = devicePixelRatio;
  ctx.save();
  ctx.font = font.replace('11px', `${11 * dpr}px`);
  for (const mark of spec.marks ?? []) {
    ctx.strokeStyle = ctx.fillStyle = color(mark.color);
    ctx.lineWidth = 1.5 * dpr;
    ctx.setLineDash([]);
    const x = mark.x === undefined ? 0 : chart.valToPos(mark.x, 'x', true);
    const y = mark.y === undefined ? bbox.top : chart.valToPos(mark.y, 'y', true);
    if (mark.kind === 'level') {
      if (y < bbox.top) continue;
      ctx.setLineDash([2 * dpr, 3 * dpr]);
      line(ctx, bbox.left, y, bbox.left + bbox.width, y);
      ctx.textAlign = 'left';
      ctx.textBaseline = 'alphabetic';
      ctx.fillText(mark.label, bbox.left + 6 * dpr, y - 5 * dpr);
    } else if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) {
      continue;
    } else if (mark.kind === 'now') {
      ctx.setLineDash([1 * dpr, 3 * dpr]);
      line(ctx, x, bbox.top, x, bbox.top + bbox.height);
    } else if (mark.kind === 'point') {
      ctx.beginPath();
      ctx.arc(x, y, 4.5 * dpr, 0, 2 * Math.PI);
      ctx.fill();
      ctx.strokeStyle = color('panel');
      ctx.stroke();
    } else {
      ctx.beginPath();
      ctx.moveTo(x - 5 * dpr, bbox.top - 9 * dpr);
      ctx.lineTo(x + 5 * dpr, bbox.top - 9 * dpr);
      ctx.lineTo(x, bbox.top);
      ctx.fill();
    }
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
