/** Reading live updates: server-sent events (WHATWG HTML, section 9.2), resumed when the connection breaks. */
import type { Client } from './client.ts';
import type { PeerEvent } from './events.ts';

/** One event is at most the rows of ten thousand transfers. */
const EVENT_LENGTH_MAX = 32_000_000;

export interface NumberedPeerEvent {
  /** To resume from. */
  readonly id: string;
  readonly event: PeerEvent;
}

/** Ends when the peer closes the stream or the signal is aborted; begin again after the last `id`. */
export async function* readPeerEvents(
  client: Client,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<NumberedPeerEvent, void, undefined> {
  const headers = { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) };
  const { body } = await client.fetch('readEvents', {}, signal, headers);
  if (body === null) return;
  // of an event that comes in many parts; each part is looked through once
  let parts: string[] = [];
  let length = 0;
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    parts.push(text);
    length += text.length;
    if (!text.includes('\n\n') && !(text.startsWith('\n') && parts.at(-2)?.endsWith('\n'))) {
      if (length > EVENT_LENGTH_MAX) throw new Error('an event without end');
      continue;
    }
    const blocks = parts.join('').split('\n\n');
    const rest = blocks.pop() ?? '';
    parts = [rest];
    ({ length } = rest);
    if (length > EVENT_LENGTH_MAX) throw new Error('an event without end');
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

/** Undefined for a comment, which keeps the connection alive. */
function parseBlock(block: string): NumberedPeerEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', event: JSON.parse(data) as PeerEvent };
}
