// Measures what the page states of itself. Each line: what, measured, floor, goal.
//
//   node bench/run.mjs [frames] [memory] [hour] [paint] [list] [pixel]
//
// `frames` and `memory` need nothing but a browser, the others the program (EPOCHCOST_TEST_BIN).

import { createServer, request as ask } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'vite';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { browse, enter, Ledger, missing, nanoOf, serve } from '../tests/e2e/support.mjs';

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

/**
 * From the newest reading that a commit holds to the frame in which its amount is on the screen. What
 * the server says of a run is read here as well, and joined with what the page showed by the amount.
 */
async function pixel(browser, server, ledger) {
  const readAt = new Map();
  const stop = new AbortController();
  const answer = await fetch(`${server.base}/api/v1/events`, { headers: { authorization: `Bearer ${new URL(server.url).searchParams.get('token')}` }, signal: stop.signal });
  const listening = (async () => {
    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop();
      for (const event of events.filter((each) => /^event: run$/m.test(each))) {
        const run = JSON.parse(/^data: (.*)$/m.exec(event)[1]);
        const nano = BigInt(run.amount.nano) + BigInt(run.provisional.nano);
        readAt.set(`${nano}`, Date.parse(run.as_of));
      }
    }
  })().catch(() => undefined);
  const ended = ledger.train({ name: 'pixel', epochs: 60, seconds: 0.6 });
  const { context, page, base } = await enter(browser, server);
  await page.goto(`${base}/?lang=en`);
  await page.getByRole('link', { name: 'pixel' }).click({ timeout: 20_000 });
  await page.waitForSelector('.kpi .figure [title]');
  await page.evaluate(() => {
    window.shown = [];
    let last = '';
    const look = () => {
      const title = document.querySelector('.kpi .figure [title]')?.title ?? '';
      if (title !== last) {
        last = title;
        requestAnimationFrame(() => requestAnimationFrame(() => window.shown.push([title, Date.now()])));
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await ended;
  await page.waitForTimeout(500);
  const shown = await page.evaluate(() => window.shown);
  stop.abort();
  await listening;
  const ages = shown.map(([title, at]) => at - readAt.get(`${nanoOf(title)}`)).filter((age) => age === age).sort((a, b) => a - b);
  if (ages.length < 20) throw new Error(`only ${ages.length} of ${shown.length} amounts were recognised`);
  const quantile = (share) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))];
  line(`reading to pixel, p99 of ${ages.length} changes (p50 ${quantile(0.5)} ms)`, quantile(0.99), 'ms', 1000, 400);
  await context.close();
}

/**
 * An hour of a live run in a minute: between page and server stands a relay that answers the event
 * stream itself, with 7,200 standings of a run. All else is the server's. The page's own code reads
 * them, asks for what changed and draws.
 */
async function hour(browser, server, ledger) {
  await ledger.train({ name: 'hour', epochs: 30, seconds: 0.05 });
  const run = ledger.runs().find((each) => each.name === 'hour');
  const target = new URL(server.url);
  const CHANGES = 7200;
  let sent = 0;
  const relay = createServer((incoming, outgoing) => {
    if (incoming.url === '/api/v1/events') {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
      outgoing.write(`id: 1\nevent: hello\ndata: ${JSON.stringify({ version: '0', now: new Date().toISOString(), resumed: false })}\n\n`);
      const money = (nano) => ({ nano: `${nano}`, currency: 'CNY' });
      const next = () => {
        const nano = 1_000_000_000 + ++sent * 12_345;
        const delta = { run_id: run.id, project: run.project, revision: 1000 + sent, state: 'running', as_of: new Date().toISOString(), amount: money(nano), provisional: money(0), billed: null, rate: null, epoch: sent % 30, epochs: sent % 30, alerts: 0, resources_nano: { cpu: nano } };
        outgoing.write(`id: ${sent + 1}\nevent: run\ndata: ${JSON.stringify(delta)}\n\n`);
      };
      const timer = setInterval(() => {
        for (let each = 0; each < 10 && sent < CHANGES; ++each) next();
        if (sent === CHANGES) clearInterval(timer);
      }, 60);
      outgoing.on('close', () => clearInterval(timer));
      return;
    }
    const onward = ask({ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, host: target.host, ...(incoming.headers.origin && { origin: target.origin }) } }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => relay.on('listening', done));
  const base = `http://127.0.0.1:${relay.address().port}`;
  const { context, page } = await enter(browser, { url: `${base}/?token=${target.searchParams.get('token')}`, base });
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20;
  };
  await page.goto(`${base}/r/${run.id}?lang=en`);
  while (sent < 300) await page.waitForTimeout(50);
  const before = await heap();
  while (sent < CHANGES) await page.waitForTimeout(200);
  const after = await heap();
  line('heap after an hour of a live run, 7,200 standings', after, 'MB', 150, 150);
  line('of which grown since the first 300', after - before, 'MB', 5, 1);
  await context.close();
  relay.closeAllConnections();
  relay.close();
}

const browser = await browse();
try {
  if (wants('frames')) await charts(browser, frames);
  if (wants('memory')) await charts(browser, memory);
  if (['paint', 'list', 'pixel', 'hour'].some(wants)) {
    if (missing()) console.log(`skipped: ${missing()}`);
    else {
      const ledger = new Ledger();
      await ledger.train({ name: 'bench', epochs: 3, seconds: 0.05 });
      const server = await serve(ledger);
      if (wants('list')) await list(browser, server);
      if (wants('pixel')) await pixel(browser, server, ledger);
      if (wants('hour')) await hour(browser, server, ledger);
      if (wants('paint')) await paint(browser, server, 'first contentful paint, local, median of 9', 0.8, 0.4, { slow: false });
      if (wants('paint')) await paint(browser, server, 'the same, slow 4G and 4 × CPU', 1.5, 0.8, { slow: true });
      server.stop();
      ledger.drop();
    }
  }
} finally {
  await browser.close();
}
