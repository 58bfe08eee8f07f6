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

let isGoing = false;
let going: ReturnType<typeof setTimeout> | undefined;

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
  if (event.key === 'Escape') actions.close();
  if (isWriting(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
  if (isGoing) {
    isGoing = false;
    const page = GO[event.key];
    const needsRun = page && (RUN_PAGES as readonly string[]).includes(page);
    if (page && (!needsRun || route.run)) {
      event.preventDefault();
      route.go(route.href(page));
    }
    return;
  }
  if (event.key === 'g') {
    isGoing = true;
    clearTimeout(going);
    going = setTimeout(() => (isGoing = false), 1200);
  } else if (event.key === '?') actions.help();
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
