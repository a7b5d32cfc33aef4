/** Addresses of trackers: hostile input from torrents and magnet links, parsed once (BEP 3, 15, 41, 48). */
import { PeerFault } from '@coequal/base';

export type TrackerUrl =
  | {
      readonly type: 'http';
      /** Absolute, http or https, without a fragment. */
      readonly url: string;
    }
  | {
      readonly type: 'udp';
      /** A name or an address, without brackets. */
      readonly host: string;
      readonly port: number;
      /** Path and query, for BEP 41; empty when there are none. */
      readonly urlData: string;
    };

/** Far longer than any in use, passkeys included; a torrent may hold many. */
const TRACKER_URL_LENGTH_MAX = 2_048;

/**
 * Throws PeerFault `BAD_TRACKER_URL`, `TRACKER_NOT_SUPPORTED` (another scheme), or
 * `TRACKER_URL_REFUSED` (a service of this computer that is plainly no tracker).
 */
export function parseTrackerUrl(text: string): TrackerUrl {
  if (text.length > TRACKER_URL_LENGTH_MAX) {
    throw new PeerFault('BAD_TRACKER_URL', { length: text.length });
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text.trim())?.[1]?.toLowerCase();
  if (scheme === undefined) throw new PeerFault('BAD_TRACKER_URL');
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'udp') {
    throw new PeerFault('TRACKER_NOT_SUPPORTED', { scheme: scheme.slice(0, 20) });
  }
  // Read as http, a udp address gets the same treatment of names, and the usual default port.
  const url = parseUrl(scheme === 'udp' ? text.trim().replace(/^udp/i, 'http') : text.trim());
  url.hash = '';
  if (url.username !== '' || url.password !== '') throw new PeerFault('BAD_TRACKER_URL');
  if (scheme !== 'udp') {
    refuseLocalService(url);
    return { type: 'http', url: url.href };
  }
  const port = url.port === '' ? 80 : Number(url.port);
  if (port === 0) throw new PeerFault('BAD_TRACKER_URL', { port });
  const path = url.pathname === '/' ? '' : url.pathname;
  return {
    type: 'udp',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    urlData: path === '' && url.search === '' ? '' : `${url.pathname}${url.search}`,
  };
}

/** The one text of a tracker's address: plain ASCII. */
export function formatTrackerUrl(tracker: TrackerUrl): string {
  if (tracker.type === 'http') return tracker.url;
  const host = tracker.host.includes(':') ? `[${tracker.host}]` : tracker.host;
  return `udp://${host}:${tracker.port}${tracker.urlData}`;
}

/** The scrape address of an HTTP tracker, by the rule of BEP 48; undefined when it has none. */
export function scrapeUrl(announceUrl: string): string | undefined {
  const url = parseUrl(announceUrl);
  const start = url.pathname.lastIndexOf('/') + 1;
  if (!url.pathname.startsWith('announce', start)) return undefined;
  const rest = url.pathname.slice(start + 'announce'.length);
  url.pathname = `${url.pathname.slice(0, start)}scrape${rest}`;
  return url.href;
}

/**
 * A torrent must not make this peer send requests to services on its own computer: there, only what
 * is called "announce" is taken for a tracker. (A name that resolves to this computer passes; the
 * answer is never shown to anyone, so little is won by that.)
 */
function refuseLocalService(url: URL): void {
  const isLocal =
    /^(localhost|.*\.localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\]|\[::ffff:7f.*\])\.?$/.test(
      url.hostname,
    );
  if (isLocal && !/\/announce[^/]*$/.test(url.pathname)) {
    throw new PeerFault('TRACKER_URL_REFUSED', { host: url.hostname });
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || url.href.length > TRACKER_URL_LENGTH_MAX) {
    throw new PeerFault('BAD_TRACKER_URL'); // escaping can make it longer than it came
  }
  return url;
}
