// Only the rows that are seen are in the page: TanStack Virtual for one column of equal rows.

import { untrack } from 'svelte';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';

export interface Rows {
  readonly visible: number[];
  readonly before: number;
  readonly after: number;
  scrollTo: (index: number) => void;
}

export function virtualRows(element: () => HTMLElement | undefined, count: () => number, rowHeight: number): Rows {
  let version = $state(0);
  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
    count: 0,
    getScrollElement: () => element() ?? null,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => untrack(() => ++version),
  });
  $effect(() => virtualizer._didMount());
  $effect(() => {
    void element();
    virtualizer.setOptions({ ...virtualizer.options, count: count() });
    untrack(() => {
      virtualizer._willUpdate();
      virtualizer.measure();
    });
  });
  const items = $derived.by(() => {
    void version;
    void count();
    return virtualizer.getVirtualItems();
  });
  return {
    get visible() {
      return items.map((item) => item.index);
    },
    get before() {
      return items[0]?.start ?? 0;
    },
    get after() {
      return Math.max(0, count() * rowHeight - (items.at(-1)?.end ?? 0));
    },
    scrollTo: (index) => virtualizer.scrollToIndex(index),
  };
}
