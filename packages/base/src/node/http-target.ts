/** Where an HTTP request goes: URLs split without changing a byte of their path and query. */
import { PeerFault } from '../fault.ts';

export interface HttpTarget {
  readonly isSecure: boolean;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** `user:password`, when the URL has it. */
  readonly auth: string | undefined;
  /**
   * Path and query as they were written: trackers read `info_hash=%ff…` byte for byte, and the URL
   * class would change some of it.
   */
  readonly path: string;
  readonly url: string;
}

/** Throws PeerFault with `code` for what is no http or https URL. */
export function parseHttpTarget(url: string, code = 'HTTP_BAD_URL'): HttpTarget {
  const parts = /^(https?):\/\/([^/?#\\\s]+)([/?][^#]*)?(#|$)/i.exec(url);
  const [, scheme, authority, rest = ''] = parts ?? [];
  const base = `${scheme}://${authority}`;
  if (parts === null || !URL.canParse(base)) throw new PeerFault(code);
  const { protocol, hostname, port, username, password } = new URL(base);
  const isSecure = protocol === 'https:';
  return {
    isSecure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    auth: username === '' ? undefined : `${decode(username)}:${decode(password)}`,
    path: escapePath(rest.startsWith('/') ? rest : `/${rest}`),
    url,
  };
}

/** Where `location` leads from `from`. Throws PeerFault `HTTP_BAD_REDIRECT`. */
export function redirectTarget(location: string, from: HttpTarget): HttpTarget {
  const isAbsolute = /^https?:\/\//i.test(location);
  const url = isAbsolute ? location : URL.parse(location, from.url)?.href;
  return parseHttpTarget(url ?? '', 'HTTP_BAD_REDIRECT');
}

/** Spaces and what is not ASCII are escaped, as browsers do; escapes that are there stay. */
function escapePath(path: string): string {
  return path.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % stands for itself
  }
}
