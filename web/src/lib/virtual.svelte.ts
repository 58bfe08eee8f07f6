// Only the rows that are seen are in the page: TanStack Virtual for one column of equal rows. A
// short list is in the page as it is, and the library is not even fetched for it.

import { untrack } from 'svelte';
import type { Virtualizer } from '@tanstack/virtual-core';

const SHORT = 100;

export interface Rows {
  readonly visible: number[];
  readonly before: number;
  readonly after: number;
}

export function virtualRows(element: () => HTMLElement | undefined, count: () => number, rowHeight: number): Rows {
  let version = $state(0);
  let virtualizer = $state.raw<Virtualizer<HTMLElement, HTMLElement> | null>(null);
  const isShort = $derived(count() <= SHORT);

  $effect(() => {
    if (isShort || virtualizer) return;
    let isGone = false;
    void import('@tanstack/virtual-core').then((library) => {
      if (isGone) return;
      virtualizer = new library.Virtualizer<HTMLElement, HTMLElement>({
        count: untrack(count),
        getScrollElement: () => element() ?? null,
        estimateSize: () => rowHeight,
        overscan: 8,
        scrollToFn: library.elementScroll,
        observeElementRect: library.observeElementRect,
        observeElementOffset: library.observeElementOffset,
        onChange: () => untrack(() => ++version),
      });
    });
    return () => {
      isGone = true;
    };
  });
  $effect(() => virtualizer?._didMount());
  $effect(() => {
    void element();
    const asked = count();
    virtualizer?.setOptions({ ...virtualizer.options, count: asked });
    untrack(() => {
      virtualizer?._willUpdate();
      virtualizer?.measure();
    });
  });

  const items = $derived.by(() => {
    void version;
    const all = count();
    if (virtualizer && !isShort) {
      return virtualizer.getVirtualItems().filter((item) => item.index < all);
    }
    return Array.from({ length: Math.min(all, SHORT) }, (_, index) => ({
      index, start: index * rowHeight, end: (index + 1) * rowHeight,
    }));
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
  };
}
