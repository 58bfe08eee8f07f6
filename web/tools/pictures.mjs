// Takes the pictures of the README from the page itself, over a run that is really metered.
//
//   node tools/pictures.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browse, enter, Ledger, serve } from '../tests/e2e/support.mjs';

const into = join(import.meta.dirname, '../../docs/images');
const ledger = new Ledger();
const browser = await browse();
const server = await serve(ledger);
await ledger.train({ name: 'baseline', project: 'language', epochs: 12, seconds: 0.2 });
const ended = ledger.train({ name: 'wide-resnet', epochs: 60, seconds: 0.7, budget: 0.018 });
const { context, page, base } = await enter(browser, server, { viewport: { width: 1280, height: 830 } });
const session = await context.newCDPSession(page);

async function take(name, address) {
  await page.goto(base + address);
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await page.waitForTimeout(1500);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  writeFileSync(join(into, `${name}.webp`), Buffer.from(data, 'base64'));
}

await page.waitForTimeout(34_000);
const run = ledger.runs().find((each) => each.name === 'wide-resnet').id;
await take('page-overview', `/r/${run}?lang=en&theme=light`);
await take('page-overview.zh-CN', `/r/${run}?lang=zh-CN&theme=light`);
await take('page-cost-dark', `/r/${run}/cost?lang=en&theme=dark`);
await ended;
await browser.close();
server.stop();
ledger.drop();
