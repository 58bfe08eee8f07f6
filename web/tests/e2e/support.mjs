// A real ledger, the real program, a real browser. Nothing here stands in for any of them.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../../..');
export const BIN = process.env.EPOCHCOST_TEST_BIN ?? join(root, 'build/bin/epochcost');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Why these tests cannot run here; empty where they can. */
export function missing() {
  if (!existsSync(BIN)) return `the program is not built: ${BIN}`;
  if (!existsSync(CHROMIUM)) return `no browser at ${CHROMIUM}: apt-get install chromium`;
  if (!existsSync('/usr/bin/python3')) return 'no /usr/bin/python3 to be metered';
  return '';
}

/** Trains nothing, but counts epochs, takes memory and time, and tells an accuracy. */
const PROGRAM = `
import sys, time
from ciuic_sdk import CostMonitor
epochs, project, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
monitor = CostMonitor(project_id=project, budget=float(sys.argv[4]))
for epoch in monitor.epochs(range(epochs)):
    data = bytearray(8_000_000 + 2_000_000 * (epoch % 5))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(2000)); monitor.step(samples=32); time.sleep(0.004)
    monitor.log(accuracy=0.5 + 0.4 * (epoch + 1) / epochs)
    if epoch % 3 == 2:
        with monitor.phase("eval"): time.sleep(seconds / 3)
monitor.close()
`;
const SHEET = `
[[sheet]]
name = "lab-node"
provider = "own"
region = "beijing"
currency = "CNY"
valid_from = 2026-01-01T00:00:00+08:00
source = "made for tests"
date = "2026-01-01"
memory_basis = "gb_hour"
[sheet.prices]
gpu = "45"
cpu = "38"
memory = "21"
network = "0.5"
[sheet.rented]
cpu = 2
memory = 0.1
`;
/** Names that a page must show and never obey. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202egnp.exe =cmd|A0';

export class Ledger {
  home = mkdtempSync(join(tmpdir(), 'epochcost-page-'));
  environment = { ...process.env, EPOCHCOST_HOME: this.home, PYTHONPATH: join(root, 'sdk/python'), LANG: 'C.UTF-8' };

  constructor() {
    writeFileSync(join(this.home, 'train.py'), PROGRAM);
    writeFileSync(join(this.home, 'sheet.toml'), SHEET);
    this.say('price', 'import', join(this.home, 'sheet.toml'));
  }

  say(...words) {
    return execFileSync(BIN, words, { env: this.environment, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Meters a run; resolves with its exit code. */
  train({ name, project = 'vision', epochs = 6, seconds = 0.12, budget = 2 }) {
    const words = ['-q', 'run', '--sheet', 'lab-node', '--name', name, '--', '/usr/bin/python3', join(this.home, 'train.py'), String(epochs), project, String(seconds), String(budget)];
    const child = spawn(BIN, words, { env: this.environment, stdio: 'ignore' });
    return new Promise((done) => child.on('exit', done));
  }

  runs() {
    return JSON.parse(this.say('runs', '--json')).runs;
  }

  show(id) {
    return JSON.parse(this.say('show', id, '--json'));
  }

  drop() {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** `epochcost serve` on any free port. */
export async function serve(ledger) {
  const child = spawn(BIN, ['serve', '--port', '0', '--json'], { env: ledger.environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((done, fail) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const found = /https?:\/\/[^"\s]*token=[^"\s]+/.exec(said);
      if (found) done(found[0]);
    });
    child.on('exit', (code) => fail(new Error(`epochcost serve ended with ${code}: ${said}`)));
  });
  return { url, base: new URL(url).origin, child, stop: () => child.kill('SIGTERM') };
}

export function browse() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A context that the server knows, and what goes wrong in its pages. */
export async function enter(browser, server, options = {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 }, ...options });
  const faults = [];
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  context.on('weberror', (fault) => faults.push(String(fault.error())));
  const page = await context.newPage();
  await page.goto(server.url);
  return { context, page, faults, base: server.base };
}

export const nanoOf = (decimal) => {
  const [whole, fraction = ''] = decimal.replace(/[^\d.−-]/g, '').replace('−', '-').split('.');
  return BigInt(whole + fraction.padEnd(9, '0').slice(0, 9));
};
