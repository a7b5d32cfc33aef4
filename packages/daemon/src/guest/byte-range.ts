/** Which part of a file a request asks for: Range and If-Range (RFC 9110, sections 13.1.5 and 14). */

export type WantedBytes =
  /** Without a Range, or with one that is not followed. */
  | { readonly type: 'whole' }
  /** Both inclusive. */
  | { readonly type: 'part'; readonly first: number; readonly last: number }
  | { readonly type: 'unsatisfiable' };

const WHOLE: WantedBytes = { type: 'whole' };

/**
 * Several ranges at once are not followed, which RFC 9110 allows: no program asks for them to go on, and a hundred of
 * them that overlap are a way to have us send a file a hundred times.
 */
export function wantedBytes(
  range: string | undefined,
  ifRange: string | undefined,
  etag: string,
  length: number,
): WantedBytes {
  if (range === undefined) return WHOLE;
  // a weak tag or a date does not vouch for each byte
  if (ifRange !== undefined && ifRange !== etag) return WHOLE;
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range.trim()) ?? [];
  if (from === '' && to === '') return WHOLE;
  if (from === '') {
    const suffix = Number(to);
    if (suffix === 0 || length === 0) return { type: 'unsatisfiable' };
    return { type: 'part', first: Math.max(0, length - suffix), last: length - 1 };
  }
  const first = Number(from);
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1);
  if (to !== '' && Number(to) < first) return WHOLE; // not valid, thus ignored
  return first >= length ? { type: 'unsatisfiable' } : { type: 'part', first, last };
}
