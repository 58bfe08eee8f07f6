// Reads server-sent events from a fetch, which unlike EventSource tells the status of a refusal
// and takes Last-Event-ID from a tab that read before.

export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/** Cuts chunks into events, wherever the chunks were cut. Comments only prove that it lives. */
export class EventParser {
  #rest = '';
  #id = '';
  #event = '';
  #data: string[] = [];

  constructor(private readonly tell: (event: StreamEvent) => void) {}

  push(chunk: string): void {
    const text = this.#rest + chunk;
    // A CR at the very end may be half of a CRLF.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + text.slice(whole.length);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      if (this.#data.length) {
        this.tell({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
      }
      this.#event = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
  }
}

export interface StreamRead {
  lastId: string;
  signal: AbortSignal;
  onOpen: () => void;
  onBeat: () => void;
  onEvent: (event: StreamEvent) => void;
}

/** Resolves when the server ends the stream; throws what fetch throws, or the status. */
export async function readStream(url: string, read: StreamRead): Promise<void> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (read.lastId) headers['Last-Event-ID'] = read.lastId;
  const answer = await fetch(url, {
    headers, signal: read.signal, cache: 'no-store', credentials: 'same-origin',
  });
  if (!answer.ok || !answer.body) throw new Error(`${answer.status} ${answer.statusText}`);
  read.onOpen();
  const parser = new EventParser(read.onEvent);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    read.onBeat();
    parser.push(value);
  }
}
