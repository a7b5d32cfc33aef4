/** Answers a request with a stream of events (WHATWG HTML, section 9.2). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EventHub } from './event-hub.ts';

/** Throws as `EventHub.open`, and then nothing has been answered. */
export function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: string,
  hub: EventHub,
): FastifyReply {
  const lastId = request.headers['last-event-id'];
  const { raw } = reply;
  let hasBegun = false;
  const close = hub.open(caller, typeof lastId === 'string' ? lastId : undefined, {
    get waitingBytes() {
      return raw.writableLength;
    },
    write(text) {
      // not before the hub has taken it: a stream too many is answered as any request is
      if (!hasBegun) raw.writeHead(200, headersOf(reply));
      hasBegun = true;
      raw.write(text);
    },
    // `end` alone would wait for a reader who does not read
    end: () => void (raw.writableLength > 0 ? raw.destroy() : raw.end()),
  });
  raw.once('close', close);
  raw.on('error', close);
  return reply.hijack();
}

function headersOf(reply: FastifyReply): Record<string, string> {
  return {
    ...(reply.getHeaders() as Record<string, string>), // all of them are ours, and texts
    'content-type': 'text/event-stream; charset=utf-8',
    // so that the connection ends with the stream: a peer that stops does not wait for it
    connection: 'close',
    'x-accel-buffering': 'no',
  };
}
