// The page against the program: what a person sees, does and takes along.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AXE, browse, enter, HOSTILE, Ledger, missing, nanoOf, serve } from './support.mjs';

const why = missing();
if (why) console.log(`skipped: ${why}`);

describe('the page', { skip: why || false, timeout: 600_000 }, () => {
  let ledger, server, browser, run, hostile;

  before(async () => {
    ledger = new Ledger();
    await Promise.all([
      ledger.train({ name: 'wide-resnet' }),
      ledger.train({ name: HOSTILE, project: 'odd', epochs: 2 }),
      ledger.train({ name: 'too-dear', project: 'tight', epochs: 3, budget: 0.00001 }),
    ]);
    run = ledger.runs().find((each) => each.name === 'wide-resnet').id;
    hostile = ledger.runs().find((each) => each.project === 'odd').id;
    server = await serve(ledger);
    browser = await browse();
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    ledger?.drop();
  });

  const addresses = () => [
    ['runs', '/'], ['overview', `/r/${run}`], ['cost', `/r/${run}/cost`], ['forecast', `/r/${run}/forecast`],
    ['waste', `/r/${run}/waste`], ['layers', `/r/${run}/layers`], ['alerts', `/r/${run}/alerts`],
    ['prices', '/prices'], ['estimate', '/estimate'], ['calculator', '/estimate?by=formula'], ['layers of a model', `/r/${run}/layers?of=model:bert-base`], ['compare', `/compare?runs=${run},${hostile}`],
  ];
  const settled = async (page) => {
    await page.waitForSelector('main h1', { state: 'attached' });
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'), null, { timeout: 15_000 });
  };

  it('has no violation that axe finds, no fault, no scroll sideways: each page, language and theme', async () => {
    const { context, page, faults, base } = await enter(browser, server);
    for (const [name, address] of addresses()) {
      for (const lang of ['en', 'zh-CN']) {
        for (const theme of ['light', 'dark']) {
          const what = `${name} ${lang} ${theme}`;
          await page.goto(`${base}${address}${address.includes('?') ? '&' : '?'}lang=${lang}&theme=${theme}`);
          await settled(page);
          assert.equal(await page.getAttribute('html', 'lang'), lang, what);
          await page.evaluate(readFileSync(AXE, 'utf8'));
          const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
          assert.deepEqual(violations.map(({ id, nodes }) => `${what}: ${id} ${nodes[0].html.slice(0, 200)}`), []);
        }
      }
      for (const width of [360, 3840]) {
        await page.setViewportSize({ width, height: 900 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
      }
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    assert.deepEqual(faults, []);
    await context.close();
  });

  it('shows the sums of the ledger, to the last nano-unit', async () => {
    const { context, page, base } = await enter(browser, server);
    const truth = ledger.show(run);
    await page.goto(`${base}/r/${run}/cost?lang=en`);
    await settled(page);
    const foot = page.locator('.list tfoot td').last().locator('[title]');
    assert.equal(nanoOf(await foot.getAttribute('title')), BigInt(truth.total.amount_nano));
    await page.goto(`${base}/r/${run}?lang=en`);
    await settled(page);
    const spent = await page.locator('.kpi .figure [title]').first().getAttribute('title');
    assert.equal(nanoOf(spent), BigInt(truth.total.amount_nano) + BigInt(truth.total.provisional_nano));
    await page.goto(`${base}/r/${run}?lang=en&idle=in`);
    await settled(page);
    const billed = await page.locator('.kpi .figure [title]').first().getAttribute('title');
    assert.equal(nanoOf(billed), BigInt(truth.total.billed_nano));
    await context.close();
  });

  it('gives the rows of a panel as CSV, and its picture as SVG and PNG', async () => {
    const { context, page, base } = await enter(browser, server, { acceptDownloads: true });
    await page.goto(`${base}/r/${run}/cost?lang=en`);
    await settled(page);
    const take = async (panel, kind) => {
      await page.getByRole('button', { name: `Export: ${panel}` }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: kind }).click()]);
      return readFileSync(await download.path());
    };
    const rows = String(await take('Epochs and phases', 'CSV')).replace('\uFEFF', '').trim().split('\r\n').map((line) => line.split(','));
    const nanos = rows.slice(1).map((row) => BigInt(row.at(-1)));
    assert.equal(nanos.reduce((sum, each) => sum + each, 0n), BigInt(ledger.show(run).total.amount_nano));
    assert.match(String(await take('Cost of each epoch', 'SVG')), /^<svg xmlns/);
    assert.equal((await take('Cost of each epoch', 'PNG')).subarray(1, 4).toString(), 'PNG');
    await context.close();
  });

  it('estimates what the command estimates, and anew when a slider moves', async () => {
    const { context, page, faults, base } = await enter(browser, server);
    const words = ['estimate', '--model', 'llama3-8b', '--gpu', '8xA100-SXM-80GB', '--tokens', '1e9', '--batch', '512', '--zero', '3', '--recompute', 'full', '--json'];
    const truth = JSON.parse(ledger.say(...words));
    await page.goto(`${base}/estimate?lang=en`);
    await settled(page);
    const whole = page.locator('.figure [title]').first();
    assert.equal(nanoOf(await whole.getAttribute('title')), BigInt(truth.whole_run_nano));
    assert.equal(await page.getByText('constants fitted to measured runs').count(), 1);
    const before = await whole.getAttribute('title'); // read before the key: the answer may be quick
    await page.getByRole('slider', { name: 'Epochs' }).press('ArrowRight');
    await page.waitForFunction((title) => document.querySelector('.figure [title]').title !== title, before);
    assert.equal(nanoOf(await whole.getAttribute('title')), 2n * BigInt(truth.whole_run_nano));
    assert.match(page.url(), /epochs%3A2|epochs:2/);
    assert.ok((await page.getByRole('group', { name: 'The same training on other machines' }).locator('tbody tr').count()) >= 4);
    assert.deepEqual(faults, []);
    await context.close();
  });

  it('divides what a run cost over the layers of the model that the reader names', async () => {
    const { context, page, faults, base } = await enter(browser, server);
    await page.goto(`${base}/r/${run}/layers?lang=en`);
    await settled(page);
    await page.getByText('not which model it trained').waitFor();
    await page.locator('main select').first().selectOption('bert-base');
    await page.getByRole('tree').waitFor();
    const answer = await (await context.request.get(`${base}/api/v1/runs/${run}/layers?model=bert-base&machine=1xA100-SXM-80GB`)).json();
    assert.equal(BigInt(answer.root.amount.nano), BigInt(ledger.show(run).total.amount_nano));
    const sum = (layer) => (layer.children.length ? layer.children.reduce((all, each) => all + sum(each), 0n) : BigInt(layer.amount.nano));
    assert.equal(sum(answer.root), BigInt(answer.root.amount.nano));
    assert.deepEqual(faults, []);
    await context.close();
  });

  it('runs a demonstration for whoever has no run yet', async () => {
    const home = mkdtempSync(join(tmpdir(), 'epochcost-nobody-'));
    const fresh = await serve({ environment: { ...process.env, EPOCHCOST_HOME: home, LANG: 'C.UTF-8' } });
    const { context, page, faults, base } = await enter(browser, fresh);
    await page.goto(`${base}/?lang=en`);
    await settled(page);
    await page.getByRole('button', { name: 'Run a demonstration' }).click();
    await page.getByRole('link', { name: 'demo' }).first().click({ timeout: 30_000 });
    await page.getByText('finished').first().waitFor({ timeout: 120_000 });
    assert.match(await page.locator('main').textContent(), /of 12|12 epochs|12\/12/);
    assert.deepEqual(faults, []);
    await context.close();
    fresh.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('names only commands that the program has', () => {
    const root = new URL('../../src/', import.meta.url).pathname;
    const said = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.svelte'))
      .flatMap((name) => [...readFileSync(root + name, 'utf8').matchAll(/epochcost ([a-z]+) /g)].map(([, command]) => command));
    const known = ledger.say('--help');
    assert.deepEqual([...new Set(said)].filter((command) => !known.includes(`\n  ${command} `)), []);
  });

  it('shows hostile names as words', async () => {
    const { context, page, faults, base } = await enter(browser, server);
    page.on('dialog', () => faults.push('a name was run as a program'));
    for (const address of ['/?lang=en', `/r/${hostile}?lang=en`]) {
      await page.goto(base + address);
      await settled(page);
      assert.equal(await page.locator('img').count(), 0);
    }
    assert.ok((await page.locator('header .name').textContent()).includes('<img src=x'));
    assert.deepEqual(faults, []);
    await context.close();
  });

  it('keeps what a reader says of an alert', async () => {
    const { context, page, faults, base } = await enter(browser, server);
    const dear = ledger.runs().find((each) => each.name === 'too-dear').id;
    await page.goto(`${base}/r/${dear}/alerts?lang=en`);
    await settled(page);
    const told = await page.locator('li', { has: page.locator('.critical') }).first().textContent();
    assert.match(told, /CN¥[\d.,]*[1-9][\d.,]*\s*spent since then/);
    const planned = () => page.locator('li', { has: page.locator('.critical') }).first().getByRole('button', { name: 'Planned' });
    await planned().click();
    await page.waitForFunction(() => document.querySelector('[aria-pressed="true"]'));
    await page.reload();
    await settled(page);
    assert.equal(await planned().getAttribute('aria-pressed'), 'true');
    await planned().click();
    await page.waitForFunction(() => !document.querySelector('main [aria-pressed="true"]'));
    assert.deepEqual(faults, []);
    await context.close();
  });

  it('is worked by keyboard alone', async () => {
    const { context, page, base } = await enter(browser, server);
    await page.goto(`${base}/r/${run}?lang=en`);
    await settled(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), '#main');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    const chart = page.getByRole('slider').first();
    await chart.focus();
    await page.keyboard.press('Home');
    const first = await chart.getAttribute('aria-valuetext');
    await page.keyboard.press('End');
    assert.notEqual(await chart.getAttribute('aria-valuetext'), first);
    assert.match(await chart.getAttribute('aria-valuetext'), /Spent CN¥/);
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.waitForURL(`**/r/${run}/cost*`);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('odd');
    await page.waitForFunction(() => document.querySelectorAll('[role="option"]').length === 1);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/r/${hostile}/cost*`);
    await page.keyboard.press('p');
    await page.waitForURL('**live=0*');
    await context.close();
  });

  it('keeps what it shows while the server is away, says so, and resumes', async () => {
    const { context, page, base } = await enter(browser, server);
    await page.goto(`${base}/r/${run}?lang=en`);
    await settled(page);
    await page.getByText('live', { exact: true }).waitFor();
    let tries = 0;
    await context.route('**/api/v1/events', (route) => { ++tries; return route.abort(); });
    await page.reload();
    await page.getByText(/disconnected, next attempt/).waitFor();
    await settled(page);
    assert.equal(await page.locator('.kpi').count(), 5);
    const before = tries;
    await page.getByRole('button', { name: 'Try again' }).click();
    for (let look = 0; look < 50 && tries === before; ++look) await page.waitForTimeout(100);
    assert.ok(tries > before, 'the button tries at once');
    await context.unroute('**/api/v1/events');
    // The countdown may run out at any moment, and with it the button goes.
    await page.getByText('live', { exact: true }).waitFor({ timeout: 60_000 });
    await context.close();
  });

  it('goes on behind the last event when a stream that flowed was cut', async () => {
    const { context, page, base } = await enter(browser, server);
    const asked = [];
    await page.goto('about:blank');
    // The first stream is cut after its first events; the next is the server's own.
    await context.route('**/api/v1/events', async (route) => {
      asked.push(route.request().headers()['last-event-id'] ?? '');
      if (asked.length > 1) return route.continue();
      const hello = { version: '0', now: new Date().toISOString(), resumed: false };
      return route.fulfill({ contentType: 'text/event-stream', body: `id: 41\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n` });
    });
    await page.goto(`${base}/?lang=en`);
    for (let look = 0; look < 50 && asked.length < 2; ++look) await page.waitForTimeout(200);
    assert.deepEqual(asked.slice(0, 2), ['', '41']);
    await context.close();
  });

  it('shares one stream between tabs', async () => {
    const { context, page, base } = await enter(browser, server);
    const streams = new Set();
    await page.goto('about:blank');
    context.on('request', (request) => {
      if (request.url().endsWith('/api/v1/events')) streams.add(request);
    });
    await page.goto(`${base}/?lang=en`);
    await page.getByText('live', { exact: true }).waitFor();
    const others = await Promise.all([1, 2, 3].map(() => context.newPage()));
    for (const other of others) {
      await other.goto(`${base}/?lang=en`);
      await other.getByText('live', { exact: true }).waitFor();
    }
    assert.equal(streams.size, 1);
    await page.close();
    await others[0].waitForTimeout(500);
    assert.equal(streams.size, 2, 'another tab takes over when the first is closed');
    await context.close();
  });

  it('follows a run from its start to its end, and ends with the ledger\'s sum', async () => {
    const { context, page, faults, base } = await enter(browser, server);
    await page.goto(`${base}/?lang=en`);
    await settled(page);
    const ended = ledger.train({ name: 'live-one', epochs: 12, seconds: 0.3 });
    await page.getByRole('link', { name: 'live-one' }).click({ timeout: 20_000 });
    await page.waitForFunction(() => document.querySelector('.kpi .figure [title]'));
    const figures = new Set();
    const look = setInterval(() => page.locator('.kpi .figure [title]').first().getAttribute('title', { timeout: 500 }).then((text) => figures.add(text)).catch(() => undefined), 200);
    await ended;
    await page.getByText('finished').first().waitFor({ timeout: 20_000 });
    clearInterval(look);
    const id = ledger.runs().find((each) => each.name === 'live-one').id;
    const truth = BigInt(ledger.show(id).total.amount_nano);
    const shown = async () => nanoOf(await page.locator('.kpi .figure [title]').first().getAttribute('title'));
    for (let look = 0; look < 50 && (await shown()) !== truth; ++look) await page.waitForTimeout(200);
    assert.equal(await shown(), truth);
    assert.ok(figures.size >= 4, `the figure changed ${figures.size} times while it ran`);
    assert.deepEqual(faults, []);
    await context.close();
  });
});
