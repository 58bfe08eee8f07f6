// The two catalogues say the same, with the same holes, and nothing is said outside of them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const read = (locale: string): Record<string, string> => JSON.parse(readFileSync(join(root, `messages/${locale}.json`), 'utf8'));
const en = read('en');
const zh = read('zh-CN');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|svelte)$/.test(name) && !name.startsWith('paraglide') && !name.endsWith('.gen.ts'))
  .map((name) => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }));
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
  });
  it('have the same placeholders', () => {
    for (const key of Object.keys(en)) expect(holes(zh[key] ?? ''), key).toEqual(holes(en[key] ?? ''));
  });
  it('have no key that nobody says, and lack none that is said', () => {
    const said = new Set(sources.flatMap(({ text }) => [...text.matchAll(/\bm\.(\w+)\b/g)].map(([, key]) => key)));
    expect(Object.keys(en).filter((key) => !said.has(key))).toEqual([]);
    expect([...said].filter((key) => key && !(key in en))).toEqual([]);
  });
  it('leave nothing in Chinese that is not translated', () => {
    const same = Object.keys(en).filter((key) => en[key] === zh[key]);
    const proper = ['gpu', 'cpu', 'cost_of_epoch', 'range', 'price_per', 'sensors_note'];
    expect(same.filter((key) => !proper.includes(key))).toEqual([]);
  });
});

describe('the source', () => {
  it('has no Chinese of its own', () => {
    expect(sources.filter(({ text }) => /[\u3400-\u9fff\uff00-\uff60]/.test(text)).map(({ name }) => name)).toEqual([]);
  });
  it('has no English sentence between tags', () => {
    const found = sources.filter(({ name }) => name.endsWith('.svelte')).flatMap(({ name, text }) => {
      const markup = text.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '');
      const bare = markup.replace(/\{[^{}]*(\{[^{}]*(\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}/g, '');
      return [...bare.matchAll(/>\s*([A-Za-z][a-z]+(?: [A-Za-z]+)+)\s*</g)].map(([, words]) => `${name}: ${words}`);
    });
    expect(found).toEqual([]);
  });
});
