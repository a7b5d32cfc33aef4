/** A peer in memory, for developing and testing the page: what it knows, and how that changes. */
import type {
  Category,
  Creation,
  Demo,
  DoctorReport,
  GuestLink,
  LogEntry,
  PeerEvent,
  ReachReport,
  RemotePage,
  Session,
  Settings,
  SettingOrigin,
  Status,
  Transfer,
  TransferDelta,
  TransferDetail,
  TransferFile,
} from '@coequal/contract';
import { SETTING_DEFAULTS, TRANSFER_STATES } from '@coequal/contract';
import { sampleTransfers, seeded } from './samples.ts';

export const PIECE_LENGTH = 4_194_304;
/** A running peer keeps as many, so that a page that was away can resume. */
const EVENTS_KEPT = 500;

export interface WorldOptions {
  readonly transfers?: number;
  readonly isSetUp?: boolean;
  readonly now?: () => number;
  readonly settings?: Partial<Settings>;
  readonly origins?: Readonly<Record<string, SettingOrigin>>;
  /** Another program has left something. */
  readonly hasImports?: boolean;
  /** There is an identity, and whom and what goes with it. */
  readonly hasPeople?: boolean;
}

interface Own {
  readonly files: TransferFile[];
  trackers: TransferDetail['trackers'];
  limits: TransferDetail['limits'];
  goals: TransferDetail['goals'];
}

export class World {
  readonly now: () => number;
  readonly transfers = new Map<string, Transfer>();
  readonly removed = new Map<string, { transfer: Transfer; at: number }>();
  readonly changedAt = new Map<string, number>();
  readonly removedAt = new Map<string, number>();
  revision = 1;
  isSetUp: boolean;
  readonly hasImports: boolean;
  readonly hasPeople: boolean;
  /** What else goes on when a second goes by. */
  readonly moves = new Set<() => void>();
  readonly settings: {
    values: Settings;
    defaults: Settings;
    origins: Record<string, SettingOrigin>;
  };
  readonly categories = new Map<string, Category>();
  readonly creations = new Map<string, Creation>();
  demo: Demo = { state: 'off', size: 16_000_000, peers: [] };
  readonly log: LogEntry[] = [];
  readonly keys = new Map<
    string,
    { id: string; name: string; scope: 'read' | 'transfers' | 'owner'; createdAt: number }
  >();
  readonly sessions = new Map<string, Session>();
  readonly guestLinks = new Map<string, GuestLink>();
  /** Codes that were made for other devices. */
  pairings = 0;
  readonly #own = new Map<string, Own>();
  readonly #random = seeded(7);
  readonly #startedAt: number;
  #published = 1;
  /** With its number; older ones are forgotten. */
  readonly events: { number: number; event: PeerEvent }[] = [];
  readonly #listeners = new Set<(number: number, event: PeerEvent) => void>();

  constructor({
    transfers = 16,
    isSetUp = true,
    hasImports = true,
    hasPeople = false,
    now = Date.now,
    settings,
    origins,
  }: WorldOptions = {}) {
    this.now = now;
    this.isSetUp = isSetUp;
    this.hasImports = hasImports;
    this.hasPeople = hasPeople;
    this.#startedAt = now() - 3_600_000;
    for (const transfer of sampleTransfers(transfers, now())) this.put(transfer);
    this.#published = this.revision;
    const defaults = { downloadDirectory: '/home/robin/Coequal', ...SETTING_DEFAULTS };
    this.settings = {
      values: { ...defaults, ...settings },
      defaults,
      origins: {
        ...Object.fromEntries(Object.keys(defaults).map((key) => [key, 'default' as const])),
        ...Object.fromEntries(Object.keys(settings ?? {}).map((key) => [key, 'page' as const])),
        ...origins,
      },
    };
    for (const name of ['Films', 'Systems', 'Books', 'Music'])
      this.categories.set(name, { name, directory: `/srv/files/${name}` });
    this.signIn('here', { name: 'Chrome, Linux', door: 'loopback', isThis: true });
    this.#fillLog();
  }

  signIn(id: string, changes: Partial<Session> = {}): void {
    const [createdAt, usedAt] = [this.now(), this.now()];
    const session = {
      id,
      name: 'Firefox, Android',
      door: 'https',
      address: '192.168.1.31',
    } as const;
    this.sessions.set(id, { ...session, createdAt, usedAt, isThis: false, ...changes });
  }

  /** As the setting says. */
  remotePage(): RemotePage {
    const wanted = this.settings.values.pageReach;
    if (wanted === 'off') return { wanted, state: 'off', addresses: [] };
    const scheme = wanted === 'https' ? 'https' : 'http';
    return {
      wanted,
      state: 'open',
      port: 7_228,
      addresses: ['192.168.1.20', 'den.local'].map((host) => ({
        host,
        url: `${scheme}://${host}:7228`,
      })),
      ...(scheme === 'https' && {
        certificate: {
          fingerprint: Array.from({ length: 32 }, (_, at) => (at * 7 + 16).toString(16).slice(-2))
            .join(':')
            .toUpperCase(),
          validUntil: this.now() + 397 * 86_400_000,
          isOwn: true,
          names: ['den.local', '192.168.1.20'],
        },
      }),
    };
  }

  subscribe(listener: (number: number, event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  put(transfer: Transfer): void {
    this.revision += 1;
    this.transfers.set(transfer.id, transfer);
    this.changedAt.set(transfer.id, this.revision);
    this.removedAt.delete(transfer.id);
  }

  change(id: string, change: Partial<Transfer>): void {
    const transfer = this.transfers.get(id);
    if (transfer !== undefined) this.put({ ...transfer, ...change });
  }

  take(id: string): void {
    const transfer = this.transfers.get(id);
    if (transfer === undefined) return;
    this.revision += 1;
    this.transfers.delete(id);
    this.changedAt.delete(id);
    this.removedAt.set(id, this.revision);
    this.removed.set(id, { transfer, at: this.now() });
  }

  delta(after: number | undefined): TransferDelta {
    const { revision } = this;
    if (after === undefined || after > revision)
      return {
        since: 0,
        revision,
        isWhole: true,
        changed: [...this.transfers.values()],
        removed: [],
      };
    const isLater = (at: number | undefined): boolean => (at ?? 0) > after;
    return {
      since: after,
      revision,
      isWhole: false,
      changed: [...this.transfers.values()].filter(({ id }) => isLater(this.changedAt.get(id))),
      removed: [...this.removedAt].filter(([, at]) => isLater(at)).map(([id]) => id),
    };
  }

  /** A second goes by. */
  tick(): void {
    for (const transfer of this.transfers.values()) this.#move(transfer);
    for (const creation of this.creations.values()) this.#advance(creation);
    for (const move of this.moves) move();
    this.publishTransfers();
    this.publish({ type: 'status', status: this.status() });
  }

  publishTransfers(): void {
    const delta = this.delta(this.#published);
    this.#published = this.revision;
    if (delta.changed.length + delta.removed.length > 0) this.publish({ type: 'transfers', delta });
  }

  publish(event: PeerEvent): void {
    const number = (this.events.at(-1)?.number ?? 0) + 1;
    this.events.push({ number, event });
    if (this.events.length > EVENTS_KEPT) this.events.shift();
    for (const listener of this.#listeners) listener(number, event);
  }

  note(level: LogEntry['level'], what: LogEntry['what'], transfer?: string): void {
    const number = (this.log.at(-1)?.number ?? 0) + 1;
    const entry: LogEntry = {
      number,
      at: this.now(),
      level,
      what,
      ...(transfer !== undefined && { transfer }),
    };
    this.log.push(entry);
    this.publish({ type: 'log', entry });
  }

  status(): Status {
    const all = [...this.transfers.values()];
    const sum = (of: (transfer: Transfer) => number): number =>
      all.reduce((total, transfer) => total + of(transfer), 0);
    const isOn = this.isSetUp;
    return {
      version: '0.1.0',
      startedAt: this.#startedAt,
      isSetUp: isOn,
      reach: 'anywhere',
      services: [
        { name: 'transfers', state: isOn ? 'running' : 'waiting', restarts: 0 },
        { name: 'port-mapping', state: isOn ? 'running' : 'waiting', restarts: 1 },
      ],
      down: sum(({ down }) => down),
      up: sum(({ up }) => up),
      isScheduleActive: false,
      peers: sum(({ peers }) => peers),
      dhtNodes: isOn ? 312 : 0,
      isReachable: isOn ? 'yes' : 'unknown',
      freeBytes: 412_000_000_000,
      transfers: Object.fromEntries(
        TRANSFER_STATES.map((state) => [state, all.filter((one) => one.state === state).length]),
      ),
    };
  }

  own(id: string): Own {
    const known = this.#own.get(id);
    if (known !== undefined) return known;
    const made: Own = {
      files: this.#filesOf(id),
      trackers: [
        {
          url: 'udp://tracker.example.org:6969/announce',
          tier: 0,
          state: 'working',
          seeds: 41,
          leeches: 7,
          nextAnnounceAt: this.now() + 900_000,
        },
        {
          url: 'https://tracker.example.net/announce',
          tier: 1,
          state: 'failed',
          problem: {
            code: 'HTTP_FAILED',
            details: { errno: 'ECONNREFUSED' },
            text: 'the tracker cannot be reached: connection refused',
          },
        },
      ],
      limits: { up: null, down: null, isExempt: false },
      goals: { ratio: null, seedMinutes: null },
    };
    this.#own.set(id, made);
    return made;
  }

  detail(id: string): TransferDetail | undefined {
    const transfer = this.transfers.get(id);
    if (transfer === undefined) return undefined;
    const { trackers, limits, goals, files } = this.own(id);
    const pieceCount = Math.ceil(transfer.size / PIECE_LENGTH);
    return {
      transfer,
      version: 'hybrid',
      infoHash: id,
      magnet: `magnet:?xt=urn:btih:${id}&dn=${encodeURIComponent(transfer.name)}`,
      comment: 'Free to pass on: CC BY 4.0',
      createdBy: 'Coequal 0.1.0',
      createdAt: transfer.addedAt - 86_400_000,
      pieceLength: PIECE_LENGTH,
      pieceCount,
      piecesHad: Math.floor((pieceCount * transfer.have) / Math.max(transfer.size, 1)),
      fileCount: files.length,
      wasted: 16_384 * 12,
      limits,
      goals,
      trackers,
      isFirstAndLastFirst: false,
      sources: [
        found('incoming', 4, 4),
        { ...found('tracker', 48, 9), nextTryAt: this.now() + 900_000 },
        { ...found('lsd', 0, 0), state: 'off', why: 'no-network' },
        { ...found('dht', 112, 14), nodes: 231, nextTryAt: this.now() + 300_000 },
        found('pex', 30, 2),
      ],
    };
  }

  /** Pieces come roughly in order, with gaps. */
  pieces(id: string): { states: Uint8Array; availability: Uint8Array } {
    const detail = this.detail(id);
    const count = detail?.pieceCount ?? 0;
    const states = new Uint8Array(count);
    const availability = new Uint8Array(count);
    const random = seeded(11);
    const order = Array.from({ length: count }, (_, piece) => ({
      piece,
      turn: piece + random() * count * 0.4,
    })).toSorted((one, other) => one.turn - other.turn);
    const had = detail?.piecesHad ?? 0;
    order.forEach(({ piece }, turn) => {
      states[piece] = turn < had ? 3 : turn < had + 5 ? 2 : turn > count - 20 ? 0 : 1;
      availability[piece] = Math.floor(random() * 9);
    });
    return { states, availability };
  }

  speed(
    seconds: number,
    down: number,
    up: number,
  ): { intervalSeconds: number; down: number[]; up: number[] } {
    const random = seeded(3);
    const wave = (top: number, phase: number): number[] =>
      Array.from({ length: 60 }, (_, at) =>
        Math.floor(top * (0.75 + 0.2 * Math.sin(at / 7 + phase) + 0.08 * random())),
      );
    return { intervalSeconds: seconds, down: wave(down, 0), up: wave(up, 2) };
  }

  reach(): ReachReport {
    return {
      listening: [
        { what: 'page', address: '127.0.0.1', port: 8420, from: 'this-computer' },
        { what: 'peers-tcp', address: '0.0.0.0', port: 51_413, from: 'anyone' },
        { what: 'peers-udp', address: '0.0.0.0', port: 51_413, from: 'anyone' },
        { what: 'lsd', address: '239.192.152.143', port: 6_771, from: 'local-network' },
      ],
      mappings: [{ port: 51_413, externalPort: 51_413, protocol: 'PCP' }],
      contacts: [
        { what: 'dht-bootstrap', address: 'dht.example.org:6881', isOn: true, setting: 'usesDht' },
        { what: 'tracker', address: 'tracker.example.org', isOn: true, setting: 'usesTrackers' },
        { what: 'lsd', address: '239.192.152.143:6771', isOn: true, setting: 'usesLsd' },
        { what: 'router', address: '192.168.1.1', isOn: true, setting: 'mapsPorts' },
      ],
    };
  }

  /** Half way. */
  demoIn(state: Demo['state']): Demo {
    const total = 16_000_000;
    const peers = Array.from({ length: 5 }, (_, index) => ({
      isSeed: index === 0,
      have: index === 0 ? total : total / (index + 1),
      total,
      taken: index === 0 ? 0 : total / (index + 1),
      given: total / (index + 2),
      down: index === 0 ? 0 : 2_000_000,
      up: 1_000_000,
    }));
    return { state, size: total, peers: peers.map((peer) => ({ ...peer, ...rounded(peer) })) };
  }

  doctor(): DoctorReport {
    return {
      checks: [
        {
          name: 'reachability',
          verdict: 'good',
          finding: { code: 'REACHED', details: {}, text: 'others reach this peer by themselves' },
        },
        {
          name: 'clock',
          verdict: 'good',
          finding: { code: 'CLOCK_RIGHT', details: { servers: 3 }, text: 'the clock is right' },
        },
        {
          name: 'disk',
          verdict: 'odd',
          finding: {
            code: 'SPACE_SHORT',
            details: { free: 4_000_000_000, wanted: 10_000_000_000 },
            text: 'only 4 GB are free',
            hint: 'Remove what you no longer need, or choose another folder.',
          },
        },
        {
          name: 'handles',
          verdict: 'bad',
          finding: {
            code: 'HANDLES_FEW',
            details: { open: 41, limit: 256, needed: 514 },
            text: 'the system lets the peer open only 256 files',
            hint: 'Raise the limit: ulimit -n 4096.',
          },
        },
      ],
    };
  }

  #move(transfer: Transfer): void {
    if (transfer.state === 'downloading' && transfer.down > 0) {
      const down = Math.max(50_000, Math.floor(transfer.down * (0.9 + this.#random() * 0.2)));
      const have = Math.min(transfer.wanted, transfer.have + down);
      const isDone = have === transfer.wanted;
      const { etaSeconds: _, ...rest } = transfer;
      this.put({
        ...rest,
        have,
        downloaded: transfer.downloaded + down,
        down: isDone ? 0 : down,
        ...(isDone
          ? { state: 'seeding' as const, completedAt: this.now() }
          : { etaSeconds: Math.ceil((transfer.wanted - have) / down) }),
      });
    } else if (transfer.state === 'seeding' && transfer.up > 0) {
      const up = Math.floor(transfer.up * (0.9 + this.#random() * 0.2));
      this.put({ ...transfer, up, uploaded: transfer.uploaded + up });
    }
  }

  #advance(creation: Creation): void {
    if (creation.state !== 'working') return;
    const done = Math.min(creation.total, creation.done + creation.total / 4);
    const isDone = done === creation.total;
    const next: Creation = {
      ...creation,
      done: Math.floor(done),
      ...(isDone && {
        state: 'done' as const,
        magnet: `magnet:?xt=urn:btih:${'c0'.repeat(20)}&dn=holiday`,
      }),
    };
    this.creations.set(creation.id, next);
    this.publish({ type: 'creation', creation: next });
  }

  #filesOf(id: string): TransferFile[] {
    const transfer = this.transfers.get(id);
    const { size = 0, have = 0, name = '' } = transfer ?? {};
    if (/\.(iso|zim|pbf|gz)$/.test(name))
      return [{ index: 0, path: name, length: size, have, priority: 'normal' }];
    const names = [
      'Film/feature.mkv',
      'Film/trailer.mp4',
      'Subtitles/English.srt',
      'Subtitles/Deutsch.srt',
      'Subtitles/العربية.srt',
      'LICENSE.txt',
      'README.txt',
    ];
    const lengths = [
      Math.floor(size * 0.9),
      Math.floor(size * 0.09),
      92_000,
      95_000,
      99_000,
      18_000,
    ];
    const rest = size - lengths.reduce((sum, length) => sum + length, 0);
    return names.map((path, index) => {
      const length = lengths[index] ?? rest;
      const share = have / Math.max(size, 1);
      return {
        index,
        path,
        length,
        have: Math.floor(length * share),
        priority: index === 1 ? 'skip' : 'normal',
      };
    });
  }

  #fillLog(): void {
    const [first, second, third] = [...this.transfers.values()];
    const noted = (
      ago: number,
      level: LogEntry['level'],
      what: LogEntry['what'],
      transfer?: Transfer,
    ): void => {
      const number = this.log.length + 1;
      this.log.push({
        number,
        at: this.now() - ago,
        level,
        what,
        ...(transfer && { transfer: transfer.id }),
      });
    };
    noted(3_600_000, 'info', {
      code: 'PEER_STARTED',
      details: { version: '0.1.0' },
      text: 'the peer started',
    });
    if (first)
      noted(
        2_400_000,
        'info',
        { code: 'TRANSFER_ADDED', details: { name: first.name }, text: `added: ${first.name}` },
        first,
      );
    if (third)
      noted(
        1_200_000,
        'info',
        {
          code: 'TRANSFER_COMPLETED',
          details: { name: third.name },
          text: `complete: ${third.name}`,
        },
        third,
      );
    if (second)
      noted(
        600_000,
        'warning',
        {
          code: 'TRACKER_FAILED',
          details: { url: 'https://tracker.example.net/announce' },
          text: 'a tracker does not answer: https://tracker.example.net/announce',
        },
        second,
      );
    noted(60_000, 'error', {
      code: 'SERVICE_FAILED',
      details: { service: 'port-mapping', problem: 'no router answered' },
      text: 'port-mapping failed and is started again',
    });
  }
}

function rounded({ have, taken, given }: Demo['peers'][number]): Partial<Demo['peers'][number]> {
  return { have: Math.floor(have), taken: Math.floor(taken), given: Math.floor(given) };
}

type SourceReport = TransferDetail['sources'][number];

function found(source: SourceReport['source'], given: number, links: number): SourceReport {
  const connected = Math.floor(links / 2);
  const downloaded = links * 31_000_000;
  return { source, state: 'working', given, dialled: given, links, connected, downloaded };
}
