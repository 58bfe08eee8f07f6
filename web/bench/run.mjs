// Measures what the page states of itself. Each line: what, measured, floor, goal.
//
//   node bench/run.mjs [frames] [memory] [paint] [list]
//
// `frames` needs nothing but a browser; `paint` and `list` need the program (EPOCHCOST_TEST_BIN).

import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'vite';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { browse, enter, Ledger, missing, serve } from '../tests/e2e/support.mjs';

const wanted = process.argv.slice(2);
const wants = (name) => !wanted.length || wanted.includes(name);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const line = (what, value, unit, floor, goal) =>
  console.log(`${what.padEnd(58)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit.padEnd(3)} floor ${floor}, goal ${goal}${value > floor ? '  MISSED' : ''}`);

/** Main-thread time of `step`, called once a frame, mean of `frames`. */
async function perFrame(page, frames, step) {
  const session = await page.context().newCDPSession(page);
  // The thread's own CPU time: on a busy machine the clock on the wall measures the others.
  await session.send('Performance.enable');
  const spent = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ThreadTime').value;
  const run = (count) => page.evaluate(async ([count, source]) => {
    const step = (0, eval)(`(${source})`);
    for (let frame = 0; frame < count; ++frame) {
      step(frame, count);
      await new Promise((done) => requestAnimationFrame(done));
    }
  }, [count, step.toString()]);
  await run(10);
  if (process.env.PROFILE) {
    await session.send('Profiler.enable');
    await session.send('Profiler.start');
    await run(20);
    const { profile } = await session.send('Profiler.stop');
    const self = new Map();
    profile.samples.forEach((id, at) => {
      const { callFrame } = profile.nodes.find((node) => node.id === id);
      const key = `${callFrame.functionName || '(anonymous)'} ${callFrame.url.split('/').at(-1)}:${callFrame.lineNumber}`;
      self.set(key, (self.get(key) ?? 0) + profile.timeDeltas[at] / 1000);
    });
    console.log([...self].sort((a, b) => b[1] - a[1]).slice(0, 14).map(([key, ms]) => `  ${ms.toFixed(0)} ms ${key}`).join('\n'));
  }
  const before = await spent();
  await run(frames);
  return ((await spent()) - before) * 1000 / frames;
}

/** A page with charts and nothing else, built for this. */
async function charts(browser, use) {
  const out = mkdtempSync(join(tmpdir(), 'epochcost-bench-'));
  await build({ root: import.meta.dirname, base: './', configFile: false, plugins: [svelte({ configFile: join(import.meta.dirname, '../svelte.config.js') })], logLevel: 'error', build: { minify: !process.env.PROFILE, outDir: out, emptyOutDir: true, rolldownOptions: { input: join(import.meta.dirname, 'frames.html') } } });
  const types = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };
  const server = createServer((request, answer) => {
    const path = new URL(request.url, 'http://x').pathname;
    try {
      const body = readFileSync(join(out, path));
      answer.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(body);
    } catch {
      answer.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.on('listening', done));
  const page = await browser.newPage({ viewport: { width: 1280, height: 1300 } });
  await page.goto(`http://127.0.0.1:${server.address().port}/frames.html`);
  await use(page);
  await page.close();
  server.close();
  rmSync(out, { recursive: true, force: true });
}

async function frames(page) {
  await page.evaluate(() => window.bench.show(4, 2400));
  line('4 live charts × 3 series × 2,400 points, CPU a frame', await perFrame(page, 60, () => window.bench.step()), 'ms', 8, 4);
  await page.evaluate(() => window.bench.show(1, 100_000));
  line('zoom, 3 series × 100,000 points, CPU a frame', await perFrame(page, 40, (frame, count) => window.bench.zoom(frame / count)), 'ms', 16, 8);
}

/** An hour of live data at two changes a second is 7,200 changes of four charts. */
async function memory(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20;
  };
  const steps = (count) => page.evaluate(async (count) => {
    for (let step = 0; step < count; ++step) {
      window.bench.step();
      if (step % 4 === 0) await new Promise((done) => requestAnimationFrame(done));
      else await Promise.resolve();
    }
  }, count);
  await page.evaluate(() => window.bench.show(4, 2400));
  await steps(200);
  const before = await heap();
  await steps(7200);
  const after = await heap();
  line('heap after 7,200 changes of 4 charts', after, 'MB', 150, 150);
  line('of which grown since the first 200 changes', after - before, 'MB', 5, 1);
}

/** A real row, ten thousand times: what scrolling and a filter cost the page. */
async function list(browser, server) {
  const { context, page, base } = await enter(browser, server);
  const [row] = (await (await context.request.get(`${base}/api/v1/runs`)).json()).items;
  const rows = Array.from({ length: 10_000 }, (_, at) => ({ ...row, run: { ...row.run, id: at.toString(16).padStart(8, '0'), name: `run ${at}` } }));
  await page.route('**/api/v1/runs?*', (route) => {
    const query = new URL(route.request().url()).searchParams;
    const matching = rows.filter(({ run }) => run.name.includes(query.get('text') ?? ''));
    const from = Number(query.get('cursor') ?? 0);
    const to = from + Number(query.get('limit'));
    return route.fulfill({ json: { schema_version: 1, items: matching.slice(from, to), total: matching.length, next: to < matching.length ? String(to) : null, totals: [], projects: [] } });
  });
  await page.goto(`${base}/?lang=en`);
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 10);
  await page.waitForTimeout(1500);
  const scroll = await perFrame(page, 60, (frame) => { document.querySelector('.list').scrollTop = 200 + frame * 160; });
  line('scroll of 10,000 runs, CPU a frame', scroll, 'ms', 16, 16);
  await context.close();
}

/** First contentful paint of the list of runs, as the browser reports it. */
async function paint(browser, server, name, floor, goal, { slow }) {
  const found = [];
  for (let look = 0; look < 9; ++look) {
    const { context, page, base } = await enter(browser, server);
    const session = await context.newCDPSession(page);
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    if (slow) {
      await session.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 });
      await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    }
    await page.goto(`${base}/?lang=en`);
    await page.waitForSelector('main h1', { state: 'attached' });
    found.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN));
    await context.close();
  }
  line(name, median(found) / 1000, 's', floor, goal);
}

const browser = await browse();
try {
  if (wants('frames')) await charts(browser, frames);
  if (wants('memory')) await charts(browser, memory);
  if (wants('paint') || wants('list')) {
    if (missing()) console.log(`skipped: ${missing()}`);
    else {
      const ledger = new Ledger();
      await ledger.train({ name: 'bench', epochs: 3, seconds: 0.05 });
      const server = await serve(ledger);
      if (wants('list')) await list(browser, server);
      if (wants('paint')) await paint(browser, server, 'first contentful paint, local, median of 9', 0.8, 0.4, { slow: false });
      if (wants('paint')) await paint(browser, server, 'the same, slow 4G and 4 × CPU', 1.5, 0.8, { slow: true });
      server.stop();
      ledger.drop();
    }
  }
} finally {
  await browser.close();
}
