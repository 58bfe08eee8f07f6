// The epochs of a run, page after page as the reader scrolls.

import { get, Problem, type EpochPage, type Scope } from '../../api/client';

const PAGE = 200;

export class EpochList {
  items = $state.raw<Scope[]>([]);
  page = $state.raw<EpochPage | null>(null);
  problem = $state.raw<Problem | null>(null);
  #path = '';
  #asked: AbortController | null = null;

  async ask(run: string): Promise<void> {
    this.#path = `/runs/${encodeURIComponent(run)}/epochs`;
    await this.#load('', Math.max(PAGE, Math.min(1000, this.items.length)));
  }

  async reach(index: number): Promise<void> {
    const next = this.page?.next;
    if (next && !this.#asked && index > this.items.length - 40) await this.#load(next, 1000);
  }

  async #load(cursor: string, limit: number): Promise<void> {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) });
    try {
      const page = await get<EpochPage>(`${this.#path}?${query}`, asked.signal);
      this.items = cursor ? [...this.items, ...page.items] : page.items;
      this.page = page;
      this.problem = null;
    } catch (reason) {
      if (asked.signal.aborted) return;
      this.problem = reason instanceof Problem ? reason : new Problem(0, String(reason), null, null, this.#path);
    }
    if (this.#asked === asked) this.#asked = null;
  }
}
