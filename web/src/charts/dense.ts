// Lines of more points than pixels. Of such a line each column of pixels shows from its least to its
// greatest value, so that is what is drawn: one upright hairline a column, in the middle of its pixel.
// That is the cheapest line there is to draw, and the whole looks the same.

export interface Frame {
  /** Values at the left and right, top and bottom edge. */
  x: [number, number];
  y: [number, number];
  /** In pixels of the canvas. */
  left: number;
  top: number;
  width: number;
  height: number;
}

export function isDense(points: number, pixels: number): boolean {
  return points > pixels;
}

/** The hairlines of a line; a gap in the values stays a gap. */
export function denseLine(x: readonly number[], values: readonly (number | null)[], frame: Frame, path: Pick<Path2D, 'moveTo' | 'lineTo'>): void {
  const perX = frame.width / (frame.x[1] - frame.x[0] || 1);
  const perY = frame.height / (frame.y[1] - frame.y[0] || 1);
  const bottom = frame.top + frame.height + frame.y[0] * perY;
  const from = frame.left - frame.x[0] * perX;
  const upright = (at: number, a: number, b: number): void => {
    path.moveTo(at + 0.5, a - 0.5);
    path.lineTo(at + 0.5, b + 0.5);
  };
  let column = NaN;
  let low = 0;
  let high = 0;
  let last = NaN; // where the line stood when it left the column before
  const close = (): void => {
    if (column === column) upright(column, low, high);
  };
  for (let at = 0; at < x.length; ++at) {
    const value = values[at];
    if (value === null || value === undefined) {
      close();
      column = last = NaN;
      continue;
    }
    const next = Math.floor(from + (x[at] as number) * perX);
    const y = bottom - value * perY;
    if (next === column) {
      if (y < low) low = y;
      else if (y > high) high = y;
      last = y;
      continue;
    }
    const wasAt = column;
    if (wasAt === wasAt) {
      // Neighbours meet half way between where one ends and the other begins.
      const step = (y - last) / (next - wasAt);
      const meet = last + step / 2;
      if (meet < low) low = meet;
      else if (meet > high) high = meet;
      close();
      for (let between = wasAt + 1; between < next; ++between) {
        const here = last + step * (between - wasAt);
        const reach = Math.abs(step) / 2;
        upright(between, here - reach, here + reach);
      }
      low = Math.min(y, y - step / 2);
      high = Math.max(y, y - step / 2);
    } else {
      low = high = y;
    }
    column = next;
    last = y;
  }
  close();
}
