/** What a fault is in HTTP: a status, and the same words that a command has. */
import type { Socket } from 'node:net';
import { LocalFault, PeerFault } from '@coequal/base';
import { API_CODES } from '@coequal/contract';
import type { Explanation } from '@coequal/contract';
import { explain } from '../peer/explain.ts';

export interface Refusal {
  readonly status: number;
  readonly explanation: Explanation;
}

/** What was given cannot be used; every other fault of ours is a conflict with how things are. */
const UNUSABLE = /^(BAD_|METAINFO_|BENCODE_|SETTING_WRONG|SETTING_UNKNOWN|MAGNET_)/;

export function refusalOf(error: unknown): Refusal {
  const explanation = explain(error);
  if (!(error instanceof LocalFault || error instanceof PeerFault))
    // what a bug says is for the log, not for who asked
    return { status: 500, explanation: { ...explanation, code: 'INTERNAL', details: {} } };
  if (Object.hasOwn(API_CODES, explanation.code)) {
    const own: Readonly<Record<string, number>> = API_CODES;
    return { status: own[explanation.code] ?? 409, explanation };
  }
  const isUnusable = error instanceof PeerFault || UNUSABLE.test(explanation.code);
  return { status: isUnusable ? 422 : 409, explanation };
}

/** What the framework refuses by itself, under our codes. */
export function faultOfFramework(error: unknown): unknown {
  if (!(error instanceof Error) || !('statusCode' in error)) return error;
  const { statusCode, message } = error;
  const options = { cause: error };
  if (statusCode === 413) return new LocalFault('TOO_LARGE', {}, options);
  if (statusCode === 415)
    return new LocalFault('WRONG_TYPE', { wanted: 'application/json' }, options);
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isRefusal ? new LocalFault('BAD_REQUEST', { problem: message }, options) : error;
}

/** What is no request yet, or none any more: too slow, too long, or not HTTP. */
export function refuseBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, explanation } = refusalOf(brokenFault(error.code));
  const body = JSON.stringify({ error: explanation });
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => void socket.destroy());
}

function brokenFault(code: string | undefined): LocalFault {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new LocalFault('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new LocalFault('TOO_LARGE');
  return new LocalFault('BAD_REQUEST', { problem: 'this is not HTTP' });
}
