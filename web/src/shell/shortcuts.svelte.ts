// Keys that work everywhere, but not while somebody writes.

import { RUN_PAGES, route, type PageName } from '../state/route.svelte';
import { settings } from '../state/settings.svelte';

export const GO: Record<string, PageName> = {
  r: 'runs', o: 'overview', c: 'cost', f: 'forecast', w: 'waste', l: 'layers', a: 'alerts', p: 'prices', e: 'estimate',
};

interface Actions {
  pick: () => void;
  help: () => void;
  close: () => void;
}

/**
 * After `g` the next key names a page. It waits as long as the reader does: a limit in time would be
 * missed by slow hands and on a slow machine. Escape, a click and any other key end it.
 */
class Going {
  isOn = $state(false);
}
export const going = new Going();

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function shiftRange(by: number): void {
  const from = Number(route.get('from'));
  const to = Number(route.get('to'));
  if (!from || !to) return;
  const step = Math.min(to - from + 1, by < 0 ? from - 1 : Infinity);
  route.set({ from: String(from + Math.sign(by) * step), to: String(to + Math.sign(by) * step) });
}

export function steer(event: KeyboardEvent, actions: Actions): void {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    actions.pick();
    return;
  }
  if (event.key === 'Escape') {
    going.isOn = false;
    actions.close();
  }
  if (isWriting(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
  if (/^(Shift|CapsLock)$/.test(event.key)) return;
  if (going.isOn) {
    going.isOn = false;
    const page = GO[event.key];
    const needsRun = page && (RUN_PAGES as readonly string[]).includes(page);
    if (page && (!needsRun || route.run)) {
      event.preventDefault();
      route.go(route.href(page));
    }
    return;
  }
  if (event.key === 'g') going.isOn = true;
  else if (event.key === '?') actions.help();
  else if (event.key === 'p') settings.pause(!settings.isPaused);
  else if (event.key === '[') shiftRange(-1);
  else if (event.key === ']') shiftRange(1);
  else if (event.key === '/') {
    const search = document.querySelector<HTMLInputElement>('input[type="search"]');
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
}
