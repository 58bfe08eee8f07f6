// The layers of a model as rectangles: where each lies, and which one the arrow keys reach from it.

import { hierarchy, partition, treemap, type HierarchyRectangularNode } from 'd3-hierarchy';
import type { Layer } from '../../api/client';
import { nano, toPixelValue } from '../../lib/money';

export type LayerNode = HierarchyRectangularNode<Layer>;

/** What a layer cost itself, without its children: never below nothing. */
function own(layer: Layer): number {
  const children = layer.children.reduce((sum, child) => sum + nano(child.amount), 0n);
  const rest = nano(layer.amount) - children;
  return rest > 0n ? toPixelValue(rest) : 0;
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
