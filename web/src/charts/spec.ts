// What a chart over epochs, steps, time or money shows: data only, so that the canvas, the exported
// picture, the table beside it and the words for a screen reader come from one place.

export type XKind = 'epoch' | 'step' | 'time' | 'money';

export interface PlotSeries {
  key: string;
  label: string;
  /** Name of a colour in app.css, without the dashes. */
  color: string;
  values: (number | null)[];
  kind: 'line' | 'dash' | 'past' | 'stack';
  /** Drawn as a hatch: what was paid for and not used. */
  hatched?: boolean;
}

export interface PlotBand {
  label: string;
  color: string;
  opacity: number;
  low: (number | null)[];
  high: (number | null)[];
}

export interface PlotMark {
  kind: 'level' | 'now' | 'point' | 'alert';
  label: string;
  color: string;
  x?: number;
  y?: number;
}

export interface ToldLine {
  key: string;
  label: string;
  color: string;
  text: string;
  /** Whole nano-units, for files. */
  exact?: string;
  hatched?: boolean;
}

export interface Told {
  head: string;
  lines: ToldLine[];
}

export interface PlotSpec {
  /** For files and for the accessible name. */
  name: string;
  xKind: XKind;
  xLabel: string;
  yLabel: string;
  x: number[];
  /** Left and right edge of each x, where points stand for intervals: stacked bars. */
  edges?: [number, number][];
  series: PlotSeries[];
  bands?: PlotBand[];
  marks?: PlotMark[];
  /** Words for one point: heading and a line for each series, exact. */
  tell: (index: number) => Told;
  /** Sum shown under the lines of a stack. */
  total?: (index: number) => string;
}

/** Running sums from the bottom up; a gap counts as nothing, not as an end. */
export function stack(series: PlotSeries[]): number[][] {
  const tops: number[][] = [];
  let below: number[] = [];
  for (const each of series) {
    const top = each.values.map((value, at) => (below[at] ?? 0) + (value ?? 0));
    tops.push(top);
    below = top;
  }
  return tops;
}

/** The index of the x nearest to `value`; x ascends. */
export function nearest(x: number[], value: number): number {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && value - (x[low - 1] ?? 0) < (x[low] ?? 0) - value) return low - 1;
  return low;
}

/** The reach of y. A level far above everything would flatten the curve: it stays outside. */
export function extent(spec: PlotSpec): [number, number] {
  let found = extents.get(spec);
  if (!found) extents.set(spec, (found = measure(spec)));
  return found;
}

const extents = new WeakMap<PlotSpec, [number, number]>();

function measure(spec: PlotSpec): [number, number] {
  let high = 0;
  let low = 0;
  const look = (values: ArrayLike<number | null>): void => {
    for (let at = 0; at < values.length; ++at) {
      const value = values[at];
      if (value === null || value === undefined) continue;
      if (value > high) high = value;
      else if (value < low) low = value;
    }
  };
  for (const top of stack(spec.series.filter((each) => each.kind === 'stack'))) look(top);
  for (const each of spec.series) if (each.kind !== 'stack') look(each.values);
  for (const band of spec.bands ?? []) look(band.high);
  const levels = (spec.marks ?? []).filter((mark) => mark.kind === 'level').map((mark) => mark.y ?? 0);
  look(levels.filter((level) => level < high * 2.5));
  return [low, high === low ? low + 1 : high * 1.04];
}

/** Steps of 1, 2 or 5 × 10ⁿ: for exported pictures, where no chart library draws the axis. */
export function ticks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const found: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step / 1e6; ++at) found.push(at * step);
  return found;
}

/** Decimal places that a step needs to be told from its neighbours: 2.5 needs one. */
export function decimalsOf(step: number): number {
  for (let places = 0; places < 9; ++places) {
    const shifted = Math.abs(step) * 10 ** places;
    if (Math.abs(shifted - Math.round(shifted)) < 1e-6 && shifted > 0.5) return places;
  }
  return 9;
}
