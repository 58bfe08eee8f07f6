// A chart as a file: SVG drawn from the same spec, with the colours of the page written into it.

import type { Exports } from '../lib/exports';
import { xLabels, yLabels } from './axis';
import { extent, stack, ticks, type PlotSpec } from './spec';

const WIDTH = 960;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 16;
const TOP = 56;
const BOTTOM = 44;

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '');
}

/** Colours of app.css as the theme has them now. */
export function pageColor(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim() || '#888888';
}

export function plotSvg(spec: PlotSpec, color: (name: string) => string, locale: string): string {
  const [low, high] = extent(spec);
  const first = spec.edges?.[0]?.[0] ?? spec.x[0] ?? 0;
  const last = spec.edges?.at(-1)?.[1] ?? spec.x.at(-1) ?? 1;
  const px = (x: number): number => LEFT + ((x - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const py = (y: number): number => HEIGHT - BOTTOM - ((y - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const at = (value: number): string => value.toFixed(1);
  const out: string[] = [];

  const ySplits = ticks(low, high, 6);
  yLabels(ySplits, locale).forEach((text, i) => {
    const y = at(py(ySplits[i] ?? 0));
    out.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="${color('line')}"/>`);
    out.push(`<text x="${LEFT - 8}" y="${y}" dy="4" text-anchor="end" fill="${color('ink-3')}">${escapeXml(text)}</text>`);
  });
  const xSplits = ticks(first, last, 8);
  xLabels(xSplits, spec.xKind, locale).forEach((text, i) => {
    const x = at(px(xSplits[i] ?? 0));
    text.split('\n').forEach((line, row) => {
      out.push(`<text x="${x}" y="${HEIGHT - BOTTOM + 18 + 14 * row}" text-anchor="middle" fill="${color('ink-3')}">${escapeXml(line)}</text>`);
    });
  });

  for (const band of spec.bands ?? []) {
    const known = spec.x.map((x, i) => [x, band.low[i], band.high[i]] as const).filter(([, a, b]) => a != null && b != null);
    const up = known.map(([x, , y]) => `${at(px(x))},${at(py(y ?? 0))}`);
    const down = known.toReversed().map(([x, y]) => `${at(px(x))},${at(py(y ?? 0))}`);
    out.push(`<polygon points="${[...up, ...down].join(' ')}" fill="${color(band.color)}" opacity="${band.opacity}"/>`);
  }
  const stacked = spec.series.filter((each) => each.kind === 'stack');
  const tops = stack(stacked);
  stacked.forEach((band, level) => {
    const bars = (tops[level] ?? []).map((top, i) => {
      const below = level ? (tops[level - 1]?.[i] ?? 0) : 0;
      const [left, right] = spec.edges?.[i] ?? [0, 0];
      return `M${at(px(left))} ${at(py(top))}H${at(px(right) - 0.6)}V${at(py(below))}H${at(px(left))}Z`;
    });
    out.push(`<path d="${bars.join('')}" fill="${band.hatched ? 'url(#idle)' : color(band.color)}"/>`);
  });
  for (const each of spec.series) {
    if (each.kind === 'stack') continue;
    let pen = 'M';
    const path = each.values.map((value, i) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${at(px(spec.x[i] ?? 0))} ${at(py(value))}`;
      pen = 'L';
      return step;
    });
    const dash = each.kind === 'dash' ? ' stroke-dasharray="7 5"' : '';
    out.push(`<path d="${path.join('')}" fill="none" stroke="${color(each.color)}" stroke-width="2"${dash}/>`);
  }
  for (const mark of spec.marks ?? []) {
    if (mark.kind === 'level' && mark.y !== undefined && mark.y <= high) {
      const y = at(py(mark.y));
      out.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="${color(mark.color)}" stroke-dasharray="2 4"/>`);
      out.push(`<text x="${LEFT + 6}" y="${y}" dy="-5" fill="${color(mark.color)}">${escapeXml(mark.label)}</text>`);
    } else if (mark.kind === 'point') {
      out.push(`<circle cx="${at(px(mark.x ?? 0))}" cy="${at(py(mark.y ?? 0))}" r="5" fill="${color(mark.color)}"/>`);
    }
  }
  let x = LEFT;
  const legend = spec.series.filter((each) => each.kind !== 'past').map((each) => {
    const item = `<rect x="${x}" y="36" width="10" height="10" rx="2" fill="${each.hatched ? 'url(#idle)' : color(each.color)}"/><text x="${x + 15}" y="45" fill="${color('ink-2')}">${escapeXml(each.label)}</text>`;
    x += 32 + 8 * [...each.label].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 1.6 : 0.85), 0);
    return item;
  });
  return picture(WIDTH, HEIGHT, `${spec.name} (${spec.yLabel})`, [...legend, ...out].join(''), color);
}

/** A whole SVG file around some marks. */
export function picture(width: number, height: number, title: string, inside: string, color: (name: string) => string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, Segoe UI, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif" font-size="12">` +
    `<defs><pattern id="idle" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6 6 0" stroke="${color('idle')}" stroke-width="1.4"/></pattern></defs>` +
    `<rect width="100%" height="100%" fill="${color('panel')}"/>` +
    `<text x="16" y="24" font-size="14" font-weight="600" fill="${color('ink')}">${escapeXml(title)}</text>${inside}</svg>\n`
  );
}

export function plotExports(spec: PlotSpec, name: string, locale: string): Exports {
  const all = spec.x.map((_, i) => spec.tell(i));
  const columns = new Map(all.flatMap(({ lines }) => lines.map((line) => [line.key, line.label] as const)));
  const rows = all.map(({ head, lines }) => [
    head,
    ...[...columns.keys()].flatMap((key) => {
      const line = lines.find((each) => each.key === key);
      return [line?.text ?? null, line?.exact ?? null];
    }),
  ]);
  return {
    name,
    table: { columns: [spec.xLabel, ...[...columns.values()].flatMap((label) => [label, `${label} (nano)`])], rows },
    json: { name: spec.name, unit: spec.yLabel, x: spec.xKind, points: all },
    svg: () => plotSvg(spec, pageColor(), locale),
  };
}
