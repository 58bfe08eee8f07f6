// The layers of a model as rectangles: where each lies, and which one the arrow keys reach from it.

import { hierarchy, partition, treemap, type HierarchyRectangularNode } from 'd3-hierarchy';
import type { Layer } from '../../api/client';
import { escapeXml, pageColor, picture } from '../../charts/picture';
import { formatMoney, money, nano, toPixelValue } from '../../lib/money';
import * as m from '../../paraglide/messages.js';

export type LayerNode = HierarchyRectangularNode<Layer>;

/** What a layer cost itself, without its children: never below nothing. */
function own(layer: Layer): number {
  const children = layer.children.reduce((sum, child) => sum + nano(child.amount), 0n);
  const rest = nano(layer.amount) - children;
  return rest > 0n ? toPixelValue(rest) : 0;
}

/** Equal layers in one: "×32" stands for 0 to 31, with all that they cost. */
export function folded(layer: Layer): Layer {
  const children = layer.children.map(folded);
  const [first, ...rest] = children;
  const areNumbered = children.length > 1 && children.every((child) => /^\d+$/.test(child.name));
  const areAlike = areNumbered && first !== undefined && rest.every((child) => shapeOf(child) === shapeOf(first));
  if (!areAlike || !first) return { ...layer, children };
  return { ...layer, children: [{ ...rest.reduce(merged, first), name: `×${children.length}` }] };
}

function shapeOf(layer: Layer): string {
  return `${layer.kind}(${layer.children.map((child) => child.name + shapeOf(child)).join()})`;
}

function merged(a: Layer, b: Layer): Layer {
  const sum = (x: Layer['amount'], y: Layer['amount']): Layer['amount'] => money(nano(x) + nano(y), x.currency);
  const whole = (x: string | number, y: string | number): string => String(BigInt(x) + BigInt(y));
  return {
    ...a, amount: sum(a.amount, b.amount), forward: sum(a.forward, b.forward), backward: sum(a.backward, b.backward),
    parameters: whole(a.parameters, b.parameters), operations: whole(a.operations, b.operations),
    children: a.children.map((child, at) => merged(child, b.children[at] as Layer)),
  };
}

export type Shape = 'icicle' | 'treemap';

/** Every node in reading order, laid out in `width` × `height`. */
export function layOut(root: Layer, shape: Shape, width: number, height: number, rowHeight: number): LayerNode[] {
  const sums = hierarchy(root, (layer) => layer.children).sum(own);
  if (shape === 'treemap') {
    return treemap<Layer>().size([width, height]).paddingTop(18).paddingInner(1).round(true)(sums).descendants();
  }
  const rows = sums.height + 1;
  return partition<Layer>().size([width, rows * rowHeight]).round(true)(sums).descendants();
}

export function depthOf(root: Layer): number {
  return hierarchy(root, (layer) => layer.children).height + 1;
}

export function pathTo(node: LayerNode): string {
  return node.ancestors().toReversed().map((each) => each.data.name).join('/');
}

/** The node that an arrow key leads to, in an icicle: up is the parent, down the first child. */
export function neighbour(node: LayerNode, key: string): LayerNode | undefined {
  if (key === 'ArrowUp') return node.parent ?? undefined;
  if (key === 'ArrowDown') return node.children?.[0];
  const level = node.ancestors().at(-1)?.descendants().filter((each) => each.depth === node.depth) ?? [];
  const at = level.indexOf(node);
  if (key === 'ArrowLeft') return level[at - 1];
  if (key === 'ArrowRight') return level[at + 1];
  if (key === 'Home') return level[0];
  if (key === 'End') return level.at(-1);
  return undefined;
}

/** The part of the tree under the path; the whole where the path leads nowhere. */
export function find(root: Layer, path: string): Layer {
  let at = root;
  for (const name of path.split('/').slice(1)) {
    const next = at.children.find((child) => child.name === name);
    if (!next) return root;
    at = next;
  }
  return at;
}

/** Parts of a run that are of no layer have no name of their own. */
export function layerName(layer: Layer): string {
  if (layer.kind === 'outside') return m.layer_outside();
  if (layer.kind === 'other') return m.layer_other();
  return layer.name;
}

export function treeSvg(root: Layer, title: string, locale: string): string {
  const color = pageColor();
  const [width, row] = [1000, 34];
  const boxes = layOut(root, 'icicle', width - 20, depthOf(root) * row, row)
    .filter((node) => node.x1 - node.x0 >= 1)
    .map((node) => {
      const [x, y, w] = [10 + node.x0, 48 + node.y0, node.x1 - node.x0 - 1];
      const text = w > 60 ? `<text x="${x + 4}" y="${y + 14}" fill="${color('ink')}">${escapeXml(layerName(node.data).slice(0, Math.floor(w / 7)))}</text>` : '';
      const amount = w > 100 ? `<text x="${x + 4}" y="${y + 28}" fill="${color('ink-2')}">${escapeXml(formatMoney(node.data.amount, locale))}</text>` : '';
      return `<rect x="${x}" y="${y}" width="${w}" height="${row - 1}" fill="${color('gpu')}" fill-opacity="0.15" stroke="${color('gpu')}" stroke-width="0.5"/>${text}${amount}`;
    });
  return picture(width, 60 + depthOf(root) * row, title, boxes.join(''), color);
}
