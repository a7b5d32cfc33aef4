/**
 * Names of the RPC. Inside they are as version 4.1 spells them (`hash_string`); older clients speak of `hashString`,
 * `download-dir`, `torrent-get`, and are answered so.
 */

/** Of any spelling. */
export function snakeName(name: string): string {
  return name
    .replaceAll('-', '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Names of answers with hyphens, whose parts have the same: those of the session and of groups. */
const HYPHENATED: ReadonlySet<string> = new Set(['session_get', 'group_get']);

/** What follows neither rule. */
const ODD_NAMES: Readonly<Record<string, string>> = {
  seed_ratio_limit: 'seedRatioLimit',
  seed_ratio_limited: 'seedRatioLimited',
  honors_session_limits: 'honorsSessionLimits',
  is_utp: 'isUTP',
  file_count: 'file-count',
  peer_limit: 'peer-limit',
  primary_mime_type: 'primary-mime-type',
  torrent_added: 'torrent-added',
  torrent_duplicate: 'torrent-duplicate',
  cumulative_stats: 'cumulative-stats',
  current_stats: 'current-stats',
  size_bytes: 'size-bytes',
};

/** The answer of a method (`method` as inside), as clients before 4.1 read it. */
export function withOldNames(method: string, answer: unknown): unknown {
  // the one answer in which a name was spelled with `_` from the start
  if (method === 'free_space') return renamed(answer, (name) => ODD_NAMES[name] ?? name);
  const rule = HYPHENATED.has(method) ? hyphenName : camelName;
  return renamed(answer, (name) => ODD_NAMES[name] ?? rule(name));
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [rename(name), renamed(each, rename)]),
  );
}

function hyphenName(name: string): string {
  return name.replaceAll('_', '-');
}

function camelName(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
