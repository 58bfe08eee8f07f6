import { describe, expect, it } from 'vitest';
import { EventParser, type StreamEvent } from '../../src/api/event_stream';

function parse(...chunks: string[]): StreamEvent[] {
  const found: StreamEvent[] = [];
  const parser = new EventParser((event) => found.push(event));
  chunks.forEach((chunk) => parser.push(chunk));
  return found;
}

describe('EventParser', () => {
  const text = 'id: 7\nevent: run\ndata: {"a":1}\n\n: alive\n\nid: 8\ndata: x\ndata: y\n\n';

  it('gives the same events wherever the stream is cut', () => {
    const whole = parse(text);
    expect(whole).toEqual([
      { id: '7', event: 'run', data: '{"a":1}' },
      { id: '8', event: 'message', data: 'x\ny' },
    ]);
    for (let cut = 0; cut <= text.length; ++cut) {
      expect(parse(text.slice(0, cut), text.slice(cut))).toEqual(whole);
    }
  });
  it('takes CRLF, CR and LF, even where a chunk ends between CR and LF', () => {
    expect(parse('data: a\r', '\n\r\ndata: b\r\r')).toEqual([{ id: '', event: 'message', data: 'a' }]);
    expect(parse('data: a\r\n\r\n', '')).toHaveLength(1);
  });
  it('takes comments as nothing but a sign of life', () => {
    expect(parse(':\n\n:x\n\n')).toEqual([]);
  });
  it('keeps the id for events that bring none', () => {
    expect(parse('id: 5\ndata: a\n\ndata: b\n\n').map((event) => event.id)).toEqual(['5', '5']);
  });
});
