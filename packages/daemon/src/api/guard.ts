/** Turns away requests that a foreign page makes a browser send: by their Host, Origin and fetch metadata. */
import { LocalFault } from '@coequal/base';

/** What is looked at. */
export interface RequestHead {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const HARMLESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * `hosts`: what the Host header may be. A foreign name that resolves to us (DNS rebinding) is not among them. `isData`:
 * what is asked for is not the page itself. `scheme`: of our own page, when it has one alone. Throws LocalFault `FORBIDDEN_HOST` or `FORBIDDEN_ORIGIN`.
 */
export function checkRequestHead(
  { method, headers }: RequestHead,
  hosts: ReadonlySet<string>,
  isData: boolean,
  scheme?: 'http' | 'https',
): void {
  const host = textOf(headers['host']).toLowerCase();
  if (!hosts.has(host)) throw new LocalFault('FORBIDDEN_HOST', { host });
  const origin = textOf(headers['origin']);
  if (origin !== '' && !isOwnOrigin(origin, hosts, scheme))
    throw new LocalFault('FORBIDDEN_ORIGIN', { origin });
  const site = textOf(headers['sec-fetch-site']);
  // a link on another site may lead to the page, and to nothing else
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign && (isData || !HARMLESS_METHODS.has(method)))
    throw new LocalFault('FORBIDDEN_ORIGIN', { origin: origin || site });
}

/** With a cookie alone, whoever asks for a change must say from where: each browser does. */
export function checkCookieRequest({ method, headers }: RequestHead): void {
  if (HARMLESS_METHODS.has(method)) return;
  if (headers['origin'] === undefined) throw new LocalFault('FORBIDDEN_ORIGIN', { origin: '' });
}

function isOwnOrigin(origin: string, hosts: ReadonlySet<string>, wanted?: string): boolean {
  const [, scheme, host] = /^(https?):\/\/([^/]+)$/.exec(origin) ?? [];
  return host !== undefined && (wanted ?? scheme) === scheme && hosts.has(host.toLowerCase());
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
