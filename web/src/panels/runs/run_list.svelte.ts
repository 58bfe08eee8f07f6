// All runs that match, page after page as the reader scrolls, in the order the server gives.

import { get, Problem, type RunItem, type RunPage } from '../../api/client';

const PAGE = 500;

export class RunList {
  items = $state.raw<RunItem[]>([]);
  total = $state(0);
  totals = $state.raw<RunPage['totals']>([]);
  projects = $state.raw<string[]>([]);
  problem = $state.raw<Problem | null>(null);
  isFirst = $state(true);
  #next: string | null = null;
  #query = '';
  #asked: AbortController | null = null;

  /** The first page anew; the rows stay until it is here. */
  async ask(query: URLSearchParams): Promise<void> {
    this.#query = query.toString();
    await this.#load('', Math.max(PAGE, Math.min(1000, this.items.length)));
  }

  /** More rows, where `index` comes near to the end of those that are here. */
  async reach(index: number): Promise<void> {
    if (this.#next && !this.#asked && index > this.items.length - 60) await this.#load(this.#next, 1000);
  }

  async #load(cursor: string, limit: number): Promise<void> {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    const query = new URLSearchParams(this.#query);
    query.set('limit', String(limit));
    if (cursor) query.set('cursor', cursor);
    try {
      const page = await get<RunPage>(`/runs?${query}`, asked.signal);
      this.items = cursor ? [...this.items, ...page.items] : page.items;
      this.total = page.total;
      this.totals = page.totals;
      this.projects = page.projects;
      this.#next = page.next;
      this.problem = null;
    } catch (reason) {
      if (asked.signal.aborted) return;
      this.problem = reason instanceof Problem ? reason : new Problem(0, String(reason), null, null, '/runs');
    }
    this.isFirst = false;
    if (this.#asked === asked) this.#asked = null;
  }
}
