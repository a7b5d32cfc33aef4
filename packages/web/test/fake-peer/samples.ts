/** What a busy peer might hold: free works, of which anyone may pass copies on. From a seed, always the same. */
import type { Transfer } from '@coequal/contract';

type Told = NonNullable<Transfer['reason']>;

/** mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Work {
  readonly name: string;
  readonly size: number;
  readonly category?: string;
  readonly tags: readonly string[];
}

const MB = 1_000_000;
const GB = 1_000 * MB;

const WORKS: readonly Work[] = [
  { name: 'Sintel (2010) 2160p', size: 5.2 * GB, category: 'Films', tags: ['open movie'] },
  { name: 'Big Buck Bunny 60fps 4K', size: 0.67 * GB, category: 'Films', tags: ['open movie'] },
  {
    name: 'debian-13.2.0-amd64-netinst.iso',
    size: 0.78 * GB,
    category: 'Systems',
    tags: ['linux'],
  },
  { name: 'debian-13.2.0-amd64-DVD-1.iso', size: 3.9 * GB, category: 'Systems', tags: ['linux'] },
  { name: 'wikipedia_de_all_maxi_2026-10.zim', size: 43.1 * GB, category: 'Books', tags: ['wiki'] },
  { name: 'Tears of Steel (2012) 1080p', size: 0.57 * GB, category: 'Films', tags: ['open movie'] },
  {
    name: 'LibriVox – Alice’s Adventures in Wonderland',
    size: 81 * MB,
    category: 'Books',
    tags: ['audio'],
  },
  {
    name: 'LibreOffice_26.2_Linux_x86-64_deb.tar.gz',
    size: 0.21 * GB,
    category: 'Systems',
    tags: [],
  },
  { name: 'ألف ليلة وليلة – كتاب مسموع', size: 1.4 * GB, category: 'Books', tags: ['audio'] },
  { name: 'NASA Earth at Night 2026', size: 2.4 * GB, tags: ['pictures'] },
  { name: 'archlinux-2026.11.01-x86_64.iso', size: 1.2 * GB, category: 'Systems', tags: ['linux'] },
  { name: 'Cosmos Laundromat (2015)', size: 0.33 * GB, category: 'Films', tags: ['open movie'] },
  { name: 'openstreetmap-europe-261101.osm.pbf', size: 32.7 * GB, tags: ['maps'] },
  { name: 'Project Gutenberg – science shelf', size: 3.1 * GB, category: 'Books', tags: [] },
  {
    name: 'Musopen – Goldberg-Variationen BWV 988',
    size: 0.6 * GB,
    category: 'Music',
    tags: ['audio'],
  },
  {
    name: 'Spring (2019) – Blender Studio',
    size: 0.9 * GB,
    category: 'Films',
    tags: ['open movie'],
  },
];

const told = (code: string, details: Told['details'], text: string, hint?: string): Told => ({
  code,
  details,
  text,
  ...(hint !== undefined && { hint }),
});

const REASONS = {
  failed: told(
    'DISK_FAILED',
    { path: '/srv/files/old', errno: 'EIO' },
    'the disk failed at /srv/files/old (EIO)',
    'Check that the disk is connected and sound.',
  ),
  full: told(
    'DISK_FULL',
    { path: '/srv/files', bytesNeeded: 2 * GB },
    'disk full: 2 GB needed in /srv/files, will go on when there is room',
  ),
  noPeers: told(
    'NO_PEERS',
    { answered: 2, failed: 1 },
    'no peers yet: 2 trackers answered, 0 peers',
  ),
  missing: told(
    'PIECES_MISSING',
    { peers: 3 },
    '3 peers connected, none has the pieces still missing',
  ),
  unheardOf: told('FROM_THE_FUTURE', {}, 'a newer peer has a reason that this page does not know'),
} as const;

type Kind = Pick<Transfer, 'state' | 'down' | 'up'> & { share: number; reason?: Told };

function kindOf(position: number, random: () => number): Kind {
  const rate = Math.floor(random() * 4_000_000);
  const share = 0.05 + random() * 0.9;
  const none = { down: 0, up: 0 };
  switch (position % 16) {
    case 0:
    case 7:
      return { state: 'downloading', down: rate + 200_000, up: rate >> 3, share };
    case 1:
      return { state: 'downloading', ...none, share, reason: REASONS.noPeers };
    case 3:
      return { state: 'paused', ...none, share };
    case 5:
      return { state: 'queued', ...none, share: 0 };
    case 9:
      return { state: 'downloading', ...none, share, reason: REASONS.missing };
    case 10:
      return { state: 'failed', ...none, share, reason: REASONS.failed };
    case 12:
      return { state: 'checking', ...none, share };
    case 13:
      return { state: 'finished', ...none, share: 1 };
    case 14:
      return { state: 'downloading', ...none, share, reason: REASONS.unheardOf };
    default:
      return { state: 'seeding', down: 0, up: position % 3 === 0 ? rate : 0, share: 1 };
  }
}

/** Hexadecimal digits from a number, spread so that they look like a hash. */
export function idOf(position: number): string {
  const random = seeded(position * 7_919 + 17);
  return Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join('');
}

export function sampleTransfers(count: number, now: number): Transfer[] {
  const random = seeded(2026);
  return Array.from({ length: count }, (_, position) => sampleTransfer(position, random, now));
}

function sampleTransfer(position: number, random: () => number, now: number): Transfer {
  const work = WORKS[position % WORKS.length] ?? WORKS[0];
  if (work === undefined) throw new Error('no works');
  const round = Math.floor(position / WORKS.length);
  const name = round === 0 ? work.name : `${work.name} · ${round + 1}`;
  const size = Math.floor(work.size * (0.8 + random() * 0.4));
  const { share, reason, ...kind } = kindOf(position, random);
  const have = Math.floor(size * share);
  const isDone = share === 1;
  const downloaded = have;
  return {
    id: idOf(position),
    name,
    ...kind,
    ...(reason !== undefined && { reason }),
    size,
    wanted: size,
    have,
    downloaded,
    uploaded: Math.floor(downloaded * random() * 2.5),
    peers: kind.down > 0 || kind.up > 0 ? 3 + Math.floor(random() * 40) : 0,
    seeds: kind.down > 0 ? 2 + Math.floor(random() * 9) : 0,
    ...(kind.down > 0 && { etaSeconds: Math.ceil((size - have) / kind.down) }),
    ...(work.category !== undefined && { category: work.category }),
    tags: [...work.tags],
    directory: `/srv/files/${work.category ?? ''}`.replace(/\/$/, ''),
    addedAt: now - position * 3_600_000 - 60_000,
    ...(isDone && { completedAt: now - position * 3_500_000 }),
    isPrivate: position % 29 === 4,
    isSequential: position % 16 === 7,
    queuePosition: isDone ? 0 : 1 + Math.floor(position / 2),
  };
}
