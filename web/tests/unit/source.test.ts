import { afterEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../src/api/client';

// The source reads the reader's settings, which read the address and the browser.
vi.stubGlobal('location', { pathname: '/', search: '' });
vi.stubGlobal('addEventListener', () => undefined);
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
const { Source } = await import('../../src/state/source.svelte');

interface Asked { path: string; answer: (body: unknown, status?: number) => void; isAborted: () => boolean }

function server(): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => new Promise((done, fail) => {
    init.signal?.addEventListener('abort', () => fail(new Error('aborted')));
    asked.push({
      path,
      answer: (body, status = 200) => done(new Response(JSON.stringify(body), { status })),
      isAborted: () => init.signal?.aborted ?? false,
    });
  }));
  return asked;
}
afterEach(() => vi.unstubAllGlobals());

describe('Source', () => {
  it('hears a slow answer out before it asks the same again', async () => {
    const asked = server();
    const source = new Source<number>();
    const first = source.load('/a');
    void source.load('/a');
    void source.load('/a');
    expect(asked).toHaveLength(1);
    asked[0]?.answer(1);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect([source.data, asked[0]?.isAborted()]).toEqual([1, false]);
    asked[1]?.answer(2);
    await first;
    expect([source.data, asked.length]).toEqual([2, 2]);
  });
  it('gives up what is under way for another path, and forgets what was there', async () => {
    const asked = server();
    const source = new Source<number>();
    void source.load('/a');
    const second = source.load('/b');
    expect(asked[0]?.isAborted()).toBe(true);
    asked[1]?.answer(7);
    await second;
    expect(source.data).toBe(7);
    void source.load('/c');
    expect(source.data).toBeNull();
  });
  it('keeps what was there beside what went wrong', async () => {
    const asked = server();
    const source = new Source<number>();
    const good = source.load('/a');
    asked[0]?.answer(1);
    await good;
    const bad = source.load('/a');
    asked[1]?.answer({ title: 'the ledger is locked', status: 503, hint: 'try again' }, 503);
    await bad;
    expect([source.data, source.problem?.title, source.problem?.hint]).toEqual([1, 'the ledger is locked', 'try again']);
    expect(source.problem).toBeInstanceOf(Problem);
  });
});
