// Prints what the built page weighs, gzipped, and fails where it passes its budget.
//
//   node tools/sizes.mjs
//
// The first route is the entry and the list of runs with everything that they import statically.

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const KIB = 1024;
const BUDGET = { 'first route, JavaScript': 60, 'whole JavaScript': 180, 'whole CSS': 12 };
const dist = new URL('../dist/', import.meta.url);
const files = readdirSync(new URL('assets/', dist));
const text = (name) => readFileSync(new URL(`assets/${name}`, dist), 'utf8');
const weight = (name) => gzipSync(text(name), { level: 9 }).length;

function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next] of text(name).matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) closure(next, found);
  return found;
}

const html = readFileSync(new URL('index.html', dist), 'utf8');
const entry = /src="\/assets\/([\w.-]+\.js)"/.exec(html)?.[1];
const route = (page) => new Set([...closure(entry), ...closure(files.find((name) => name.startsWith(`${page}-`) && name.endsWith('.js')))]);
const sum = (names) => [...names].reduce((total, name) => total + weight(name), 0);
const routes = ['Runs', 'Overview', 'Cost', 'Estimate'];
for (const page of routes) {
  const names = route(page);
  console.log(`${page.padEnd(12)} ${(sum(names) / KIB).toFixed(1).padStart(6)} KiB in ${names.size} files`);
}
const measured = {
  'first route, JavaScript': sum(route('Runs')),
  'whole JavaScript': sum(files.filter((name) => name.endsWith('.js'))),
  'whole CSS': sum(files.filter((name) => name.endsWith('.css'))),
};
let failed = false;
for (const [what, size] of Object.entries(measured)) {
  const over = size > BUDGET[what] * KIB;
  failed ||= over;
  console.log(`${what.padEnd(24)} ${(size / KIB).toFixed(1).padStart(6)} of ${BUDGET[what]} KiB${over ? '  OVER' : ''}`);
}
process.exit(failed ? 1 : 0);
