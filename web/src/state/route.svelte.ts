// Where the reader is. All of it is in the URL, so that a link shows another reader the same.

export type PageName =
  | 'runs' | 'compare' | 'overview' | 'cost' | 'forecast' | 'waste' | 'layers' | 'alerts'
  | 'prices' | 'estimate';

export const RUN_PAGES = ['overview', 'cost', 'forecast', 'waste', 'layers', 'alerts'] as const;
const FREE_PAGES = ['compare', 'prices', 'estimate'] as const;

/** What the query may say, with what it means when it does not. */
const DEFAULTS = {
  lang: '', theme: '', idle: '', live: '', x: 'epoch', from: '', to: '', project: '',
  q: '', state: '', sort: '-started', runs: '', scope: '', calc: '', vs: '', by: '', plan: '', on: '', of: '',
} as const;
export type Param = keyof typeof DEFAULTS;

/** These follow the reader from page to page; the rest belongs to one page. */
const GLOBAL: readonly Param[] = ['lang', 'theme', 'idle', 'live', 'from', 'to', 'x'];

interface Place {
  page: PageName;
  run: string;
}

function placeOf(path: string): Place {
  const words = path.split('/').filter(Boolean);
  if (words[0] === 'r' && words[1]) {
    const page = RUN_PAGES.find((name) => name === words[2]) ?? 'overview';
    return { page, run: decodeURIComponent(words[1]) };
  }
  return { page: FREE_PAGES.find((name) => name === words[0]) ?? 'runs', run: '' };
}

export function pathOf(page: PageName, run = ''): string {
  if ((RUN_PAGES as readonly string[]).includes(page)) {
    const root = `/r/${encodeURIComponent(run)}`;
    return page === 'overview' ? root : `${root}/${page}`;
  }
  return page === 'runs' ? '/' : `/${page}`;
}

class Route {
  #place = $state.raw<Place>(placeOf(location.pathname));
  #query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener('popstate', () => this.#read());
  }

  get page(): PageName {
    return this.#place.page;
  }

  get run(): string {
    return this.#place.run;
  }

  get(name: Param): string {
    return this.#query.get(name) ?? DEFAULTS[name];
  }

  /** Changes the query in place: no entry in the history for each keystroke. */
  set(changes: Partial<Record<Param, string>>): void {
    const next = this.#with(this.#query, changes);
    history.replaceState(null, '', location.pathname + (next.size ? `?${next}` : ''));
    this.#query = next;
  }

  /** The address of a page, with the reader's settings. */
  href(page: PageName, run = this.run, changes: Partial<Record<Param, string>> = {}): string {
    const kept = new URLSearchParams();
    for (const name of GLOBAL) {
      const isRange = name === 'from' || name === 'to';
      if (isRange && run !== this.run) continue;
      const value = this.#query.get(name);
      if (value) kept.set(name, value);
    }
    const query = this.#with(kept, changes);
    return pathOf(page, run) + (query.size ? `?${query}` : '');
  }

  go(href: string): void {
    history.pushState(null, '', href);
    this.#read();
    scrollTo(0, 0);
  }

  #read(): void {
    this.#place = placeOf(location.pathname);
    this.#query = new URLSearchParams(location.search);
  }

  #with(query: URLSearchParams, changes: Partial<Record<Param, string>>): URLSearchParams {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) {
      if (!value || value === DEFAULTS[name as Param]) next.delete(name);
      else next.set(name, value);
    }
    return next;
  }
}

export const route = new Route();

/** Lets links work without loading the page anew; a click with a modifier is the browser's. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/')) return;
  event.preventDefault();
  if (link.hash && link.pathname === location.pathname) {
    document.querySelector<HTMLElement>(link.hash)?.focus();
    return;
  }
  route.go(link.pathname + link.search);
}
