/** Exchanges with HTTP trackers (BEP 3, 23, 48). */
import type { Http, HttpRequest, Ports } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { AnnounceAnswer, AnnounceRequest } from '../../core/tracker/announce.ts';
import {
  announceUrl,
  decodeHttpAnnounce,
  TRACKER_BODY_LENGTH_MAX,
} from '../../core/tracker/http-announce.ts';

/** Redirects included. A busy tracker may think for some seconds; one that takes longer is down. */
const HTTP_TIMEOUT_MS = 15_000;

/** Over the family of `host`, if it is an address. */
export async function announceOverHttp(
  url: string,
  host: string,
  request: AnnounceRequest,
  ports: Pick<Ports, 'http'>,
  signal: AbortSignal,
): Promise<AnnounceAnswer> {
  const asked = { url: announceUrl(url, request), family: addressFamily(host) };
  return decodeHttpAnnounce(await fetchFromTracker(asked, ports, signal));
}

export function fetchFromTracker(
  asked: Pick<HttpRequest, 'url' | 'family'>,
  ports: Pick<Ports, 'http'>,
  signal: AbortSignal,
): ReturnType<Http['fetch']> {
  const limits = { bodyLengthMax: TRACKER_BODY_LENGTH_MAX, timeoutMs: HTTP_TIMEOUT_MS };
  return ports.http.fetch({ ...asked, ...limits }, signal);
}
