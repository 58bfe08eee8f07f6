// What happens, as it happens. All tabs of a browser share one stream, since HTTP/1.1 allows six
// connections: the tab that holds the lock reads and tells the others.

import { API, type RunDelta } from '../api/client';
import { readStream, type StreamEvent } from '../api/event_stream';
import { settings } from './settings.svelte';

export type Connection = 'connecting' | 'live' | 'lost';

const RETRY_MS = [500, 1000, 2000, 5000, 10_000, 30_000];
/** The server proves every 15 s that it lives; three proofs missed is stale. */
const SILENCE_MS = 45_000;
/** A run that goes on is told at least every few seconds. */
const STALE_MS = 15_000;
const CHANNEL = 'epochcost-events';

type Told =
  | { kind: 'event'; event: StreamEvent }
  | { kind: 'connection'; connection: Connection; retryAt: number }
  | { kind: 'ask' };

class Live {
  connection = $state<Connection>('connecting');
  /** When the next attempt is made, while the connection is lost. */
  retryAt = $state(0);
  lastEventAt = $state(0);
  /** The newest state of each run that this page was told. */
  runs = $state.raw<ReadonlyMap<string, RunDelta>>(new Map());
  /** Grows whenever everything should be read again. */
  generation = $state(0);
  #alerts = $state.raw<ReadonlyMap<string, number>>(new Map());
  #heard = new Map<string, number>();
  #lastId = '';
  #attempt = 0;
  #channel: BroadcastChannel | null = null;
  #stop: AbortController | null = null;
  #retry: (() => void) | null = null;
  #held: StreamEvent[] = [];

  /** Grows with each change of a run: the version that a Source waits for. */
  revision(run: string): number {
    return (this.runs.get(run)?.revision ?? 0) + this.generation * 1e9;
  }

  alertsOf(run: string): number {
    return (this.#alerts.get(run) ?? 0) + (this.runs.get(run)?.alerts ?? 0) + this.generation * 1e9;
  }

  /** Milliseconds since the last word of a run that goes on, where it is too long: readings fail. */
  staleMs(run: string, at: number): number {
    if (this.connection !== 'live' || this.runs.get(run)?.state !== 'running') return 0;
    const silence = at - (this.#heard.get(run) ?? at);
    return silence > STALE_MS ? silence : 0;
  }

  start(): () => void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    if ('BroadcastChannel' in globalThis && navigator.locks) {
      this.#channel = new BroadcastChannel(CHANNEL);
      this.#channel.onmessage = ({ data }: MessageEvent<Told>) => this.#hear(data);
      this.#say({ kind: 'ask' });
      const lead = (): Promise<void> => this.#lead(signal);
      navigator.locks.request(CHANNEL, { signal }, lead).catch(() => undefined);
    } else {
      void this.#lead(signal);
    }
    const wake = (): void => this.#retry?.();
    addEventListener('online', wake, { signal });
    return () => {
      this.#stop?.abort();
      this.#channel?.close();
    };
  }

  retryNow(): void {
    this.#retry?.();
  }

  /** What came while the page was paused is shown now. */
  resume(): void {
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#take(event);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const read = new AbortController();
      const stop = (): void => read.abort();
      signal.addEventListener('abort', stop, { once: true });
      let silence: ReturnType<typeof setTimeout> | undefined;
      const beat = (): void => {
        clearTimeout(silence);
        silence = setTimeout(stop, SILENCE_MS);
      };
      try {
        await readStream(`${API}/events`, {
          lastId: this.#lastId,
          signal: read.signal,
          onBeat: beat,
          onOpen: () => {
            this.#attempt = 0;
            this.#become('live', 0);
            beat();
          },
          onEvent: (event) => {
            this.#say({ kind: 'event', event });
            this.#receive(event);
          },
        });
      } catch {
        // The reason is the same to a reader: not connected; the next attempt is told.
      } finally {
        clearTimeout(silence);
        signal.removeEventListener('abort', stop);
      }
      if (signal.aborted) return;
      await this.#wait(signal);
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const pause = RETRY_MS[Math.min(this.#attempt++, RETRY_MS.length - 1)] ?? 30_000;
    this.#become('lost', Date.now() + pause);
    await new Promise<void>((done) => {
      const timer = setTimeout(done, pause);
      this.#retry = () => {
        clearTimeout(timer);
        done();
      };
      signal.addEventListener('abort', () => done(), { once: true });
    });
    this.#retry = null;
  }

  #say(told: Told): void {
    this.#channel?.postMessage(told);
  }

  #hear(told: Told): void {
    if (told.kind === 'event') this.#receive(told.event);
    else if (told.kind === 'connection') this.#set(told.connection, told.retryAt);
    else if (this.#attempt >= 0 && this.connection !== 'connecting') {
      this.#say({ kind: 'connection', connection: this.connection, retryAt: this.retryAt });
    }
  }

  #become(connection: Connection, retryAt: number): void {
    this.#set(connection, retryAt);
    this.#say({ kind: 'connection', connection, retryAt });
  }

  #set(connection: Connection, retryAt: number): void {
    this.connection = connection;
    this.retryAt = retryAt;
    if (connection === 'live') this.lastEventAt = Date.now();
  }

  #receive(event: StreamEvent): void {
    if (event.id) this.#lastId = event.id;
    this.lastEventAt = Date.now();
    if (settings.isPaused) this.#hold(event);
    else this.#take(event);
  }

  /** While paused only the newest state of each run is kept: bounded, however long it lasts. */
  #hold(event: StreamEvent): void {
    const run = runOf(event);
    this.#held = this.#held.filter((held) => held.event !== event.event || runOf(held) !== run);
    this.#held.push(event);
  }

  #take(event: StreamEvent): void {
    const data: unknown = JSON.parse(event.data);
    if (event.event === 'hello') {
      if (!(data as { resumed: boolean }).resumed) ++this.generation;
    } else if (event.event === 'run') {
      const delta = data as RunDelta;
      this.runs = new Map(this.runs).set(delta.run_id, delta);
      this.#heard.set(delta.run_id, Date.now());
    } else if (event.event === 'alert') {
      const { run_id: run } = data as { run_id: string };
      this.#alerts = new Map(this.#alerts).set(run, (this.#alerts.get(run) ?? 0) + 1);
    }
  }
}

function runOf(event: StreamEvent): string {
  return (JSON.parse(event.data) as { run_id?: string }).run_id ?? '';
}

export const live = new Live();

/** A clock for ages and countdowns, one for the whole page. */
class Now {
  ms = $state(Date.now());

  start(): () => void {
    const timer = setInterval(() => (this.ms = Date.now()), 1000);
    return () => clearInterval(timer);
  }
}

export const now = new Now();
