// One answer of the server, kept while it is asked anew: what was there stays until something
// better comes, and a failure is a fact beside it, never instead of it.

import { untrack } from 'svelte';
import { get, Problem } from '../api/client';
import { settings } from './settings.svelte';

export class Source<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  isLoading = $state(false);
  #path: string | null = null;
  #asked: AbortController | null = null;
  #isDue = false;

  /**
   * `path` null asks for nothing. Another path forgets what was there. The same path asks anew, but
   * not before the answer under way is here: a slow server would otherwise never be heard out.
   */
  async load(path: string | null): Promise<void> {
    if (path !== null && path === this.#path && this.#asked) {
      this.#isDue = true;
      return;
    }
    this.#asked?.abort();
    this.#asked = null;
    this.#isDue = false;
    if (path !== this.#path) {
      this.#path = path;
      this.data = null;
      this.problem = null;
    }
    if (path === null) return;
    const asked = (this.#asked = new AbortController());
    this.isLoading = true;
    try {
      this.data = await get<T>(path, asked.signal);
      this.problem = null;
    } catch (reason) {
      if (asked.signal.aborted) return;
      this.problem = reason instanceof Problem ? reason : new Problem(0, String(reason), null, null, path);
    }
    if (asked !== this.#asked) return;
    this.#asked = null;
    this.isLoading = false;
    if (this.#isDue) await this.load(path);
  }

  cancel(): void {
    this.#isDue = false;
    this.#asked?.abort();
    this.#asked = null;
  }
}

/**
 * Asks when `path` changes, when `version` changes (at most once in `everyMs`), and when the
 * language changes, since sentences come from the server.
 */
export function source<T>(
  path: () => string | null,
  version: () => unknown = () => 0,
  everyMs = 1000,
): Source<T> {
  const made = new Source<T>();
  let last = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let lastPath: string | null = null;
  $effect(() => {
    const wanted = path();
    version();
    void settings.locale;
    clearTimeout(waiting);
    const wait = wanted === lastPath ? Math.max(0, last + everyMs - Date.now()) : 0;
    lastPath = wanted;
    const ask = (): void => {
      last = Date.now();
      untrack(() => void made.load(wanted));
    };
    if (wait === 0) ask();
    else waiting = setTimeout(ask, wait);
  });
  $effect(() => () => {
    clearTimeout(waiting);
    made.cancel();
  });
  return made;
}
