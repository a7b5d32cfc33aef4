/** What all answers to guests have, and those that are text. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GUEST_SCRIPT, GUEST_STYLE } from './guest-assets.ts';
import { SCRIPT_PATH, STYLE_PATH } from './guest-page.ts';

interface Asset {
  readonly type: string;
  readonly text: string;
}
const STYLE: Asset = { type: 'text/css; charset=utf-8', text: GUEST_STYLE };
const SCRIPT: Asset = { type: 'text/javascript; charset=utf-8', text: GUEST_SCRIPT };

export function assetAt(path: string): Asset | undefined {
  if (path === STYLE_PATH) return STYLE;
  return path === SCRIPT_PATH ? SCRIPT : undefined;
}

export function sendAsset(
  { type, text }: Asset,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  sendText(request, response, 200, type, text);
}

export function sendText(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(method === 'HEAD' ? undefined : text);
}

export function redirect(response: ServerResponse, to: string): void {
  response.writeHead(308, { location: to, 'content-length': 0 }).end();
}

export function setSafeHeaders(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeaders(SAFE_HEADERS);
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  // a body that nobody reads is not waited for
  if (method !== 'PUT' && (encoding !== undefined || length !== '0'))
    response.setHeader('connection', 'close');
}

const SAFE_HEADERS: Headers = new Headers({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer', // the address is the key
  'x-robots-tag': 'noindex',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    'img-src data:',
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});
