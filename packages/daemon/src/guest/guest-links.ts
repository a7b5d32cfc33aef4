/** Keeps the links for guests, and has a listener for as long as one of them can be used. */
import { randomBytes } from 'node:crypto';
import { LocalFault, PeerFault, sleep } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { CreateGuestLink, Explanation, GuestLink, Settings } from '@coequal/contract';
import { newSecret } from '../api/secrets.ts';
import type { FindInterfaces } from '../bind.ts';
import type { PeerRates } from '../files/peer-rates.ts';
import type { GuestLinksView } from '../people/guest-handlers.ts';
import type { ServiceSpec } from '../peer/supervisor.ts';
import { isWithin } from '../reach.ts';
import type { Reach } from '../reach.ts';
import { hostHeaders } from '../remote-page/own-names.ts';
import type { OwnNames } from '../remote-page/own-names.ts';
import type { PageCertificate } from '../remote-page/page-certificate.ts';
import type { GuestLinkRecord, GuestRecords } from '../store/guest-records.ts';
import { openUnchanged, takeSnapshot } from './content-snapshot.ts';
import { GuestOutside } from './guest-outside.ts';
import { encryptionBy, isPublic, reportGuestLink } from './guest-report.ts';
import { GuestRequests } from './guest-requests.ts';
import type { GuestSite } from './guest-requests.ts';
import { GUEST_LIMITS, openGuestServer } from './guest-server.ts';
import type { GuestLimits, GuestServer } from './guest-server.ts';
import { GuestTransfers } from './guest-transfers.ts';
import { GuestUploads } from './guest-uploads.ts';
import { guestOwnNames, hostsOf, listenAddresses } from './guest-whereabouts.ts';
import type { Whereabouts } from './guest-whereabouts.ts';
import { LiveLink } from './live-link.ts';

/** Links that there are at once, ended ones with them: each is told and drawn whole. */
const LINKS_MAX = 100;
/** Guests of one link that are known again. */
const VISITORS_MAX = 10_000;
const EXPIRES_IN_MS = 3 * 86_400_000;
/** How long an ended link is still told as that. */
const ENDED_KEPT_MS = 7 * 86_400_000;
const UPLOAD_BYTES = 10 * 2 ** 30;
/** 144 bits. */
const SECRET_BYTES = 18;
/** Beside that of the page; the port of the last time comes first, since links have it in them. */
const USUAL_PORT = 7_229;
/** New addresses, a certificate that was renewed, links that end: a look takes less than a millisecond. */
const LOOK_MS = 2_000;
/** How long who makes a link waits for the listener, and how often it is looked at. */
const OPENING_MS = 5_000;
const OPENING_LOOK_MS = 20;

export interface GuestPlan {
  readonly clock: Clock;
  readonly reach: Reach;
  readonly records: GuestRecords;
  settings(): Pick<Settings, 'bind' | 'pageNames' | 'mapsPorts'>;
  readonly rates: PeerRates;
  /** Of the page on other devices, while that is open by https. */
  certificate(): PageCertificate | undefined;
  /** Where guests put files: a folder apart, of which nothing is opened by itself. */
  uploadDirectory(): string;
  lastPort(): number | undefined;
  onPort(port: number): void;
  /** Has the service run, if it does not. */
  start(): void;
  /** Why it does not run, after it failed. */
  problem(): Explanation | undefined;
  onChange(): void;
  tell(code: string, details: Explanation['details']): void;
  /** Something to tell, which does not end it. */
  onProblem(error: unknown): void;
  readonly limits?: GuestLimits;
  /** Of this computer; tests have their own. */
  readonly find?: FindInterfaces;
}

interface Open {
  readonly server: GuestServer;
  readonly outside: GuestOutside;
  readonly certificate: PageCertificate | undefined;
  own: OwnNames;
  hosts: ReadonlySet<string>;
}

export class GuestLinks implements ServiceSpec, GuestLinksView, Disposable {
  readonly name = 'guest-links';
  readonly #plan: GuestPlan;
  readonly #links = new Map<string, LiveLink>();
  readonly #transfers: GuestTransfers;
  readonly #uploads: GuestUploads;
  #open: Open | undefined;
  /** Aborted when links come or go. */
  #news = new AbortController();

  constructor(plan: GuestPlan) {
    const { records, clock, limits = GUEST_LIMITS } = plan;
    this.#plan = plan;
    this.#transfers = new GuestTransfers(clock, () => plan.onChange());
    this.#uploads = new GuestUploads({
      records,
      clock,
      directory: () => plan.uploadDirectory(),
      rates: plan.rates.shared,
      stallMs: limits.stallMs,
    });
    for (const record of records.all()) this.#add(record);
  }

  get isWanted(): boolean {
    return this.#usable.length > 0;
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    await this.#uploads.sweep([...this.#links.values()].map(({ record }) => record.id));
    this.#endExpired();
    while (this.isWanted && !signal.aborted) {
      await using resources = new AsyncDisposableStack();
      const open = await this.#openServer(resources);
      this.#open = open;
      resources.defer(() => void (this.#open = undefined));
      this.#plan.onPort(open.server.port);
      onRunning();
      this.#plan.onChange();
      while (this.isWanted && this.#isCurrent(open)) {
        await open.outside.follow(this.#wantsOutside(open), this.#plan.settings().bind);
        await this.#pause(signal);
        this.#plan.rates.look();
        this.#endExpired();
      }
    }
    this.#plan.onChange();
  }

  list(): GuestLink[] {
    return [...this.#links.values()].map((link) => this.#reportOf(link)).toReversed();
  }

  async create(request: CreateGuestLink, signal: AbortSignal): Promise<GuestLink> {
    const { paths, title, guestsMax, mayUpload = false, reach = 'lan' } = request;
    const { clock, records } = this.#plan;
    if (this.#links.size >= LINKS_MAX)
      throw new LocalFault('TOO_MANY_GUEST_LINKS', { count: LINKS_MAX });
    const { roots, files } = await takeSnapshot(paths, signal);
    if (files.length === 0 && !mayUpload) throw new LocalFault('GUEST_LINK_EMPTY');
    const now = clock.epochNow();
    const record: GuestLinkRecord = {
      id: randomBytes(6).toString('hex'),
      secret: newSecret(SECRET_BYTES),
      title: title ?? roots[0]?.name ?? 'Files',
      reach,
      createdAt: now,
      expiresAt: now + (request.expiresInMs ?? EXPIRES_IN_MS),
      guestsMax,
      mayUpload,
      uploadBytesMax: request.uploadBytesMax ?? UPLOAD_BYTES,
      roots,
      changedPath: undefined,
    };
    records.add(record, files);
    const link = this.#add(record);
    this.#plan.tell('GUEST_LINK_MADE', { title: record.title });
    this.#announce();
    await this.#untilOpen(signal);
    return this.#reportOf(link);
  }

  stop(id: string, transfer: string): void {
    const { record } = this.#byId(id);
    const visitor = this.#transfers.stop(id, transfer);
    this.#plan.records.putVisitor(record.id, visitor, true);
  }

  revoke(id: string): void {
    const { record } = this.#byId(id);
    this.#remove(record);
    this.#plan.tell('GUEST_LINK_ENDED', { title: record.title });
    this.#announce();
  }

  [Symbol.dispose](): void {
    this.#transfers[Symbol.dispose]();
  }

  #add(record: GuestLinkRecord): LiveLink {
    const link = new LiveLink(record, () => this.#plan.records.files(record.id));
    this.#links.set(record.secret, link);
    return link;
  }

  #remove({ id, secret }: GuestLinkRecord): void {
    this.#links.delete(secret);
    this.#transfers.drop(id);
    const unfinished = this.#uploads.drop(id);
    this.#plan.records.delete(id);
    unfinished.catch((error: unknown) => this.#plan.onProblem(error));
  }

  /** Those that can be used, also if only by those who began. */
  get #usable(): LiveLink[] {
    const now = this.#plan.clock.epochNow();
    return [...this.#links.values()].filter(({ record }) => record.expiresAt > now);
  }

  #endExpired(): void {
    const now = this.#plan.clock.epochNow();
    for (const { record } of this.#links.values()) {
      if (record.expiresAt + ENDED_KEPT_MS <= now) this.#remove(record);
      else if (record.expiresAt <= now && this.#transfers.isRunning(record.id))
        this.#transfers.drop(record.id);
    }
  }

  #byId(id: string): LiveLink {
    const link = [...this.#links.values()].find(({ record }) => record.id === id);
    if (link === undefined) throw new LocalFault('NO_SUCH_GUEST_LINK');
    return link;
  }

  #announce(): void {
    this.#news.abort();
    this.#news = new AbortController();
    this.#plan.onChange();
  }

  /** Until it is time to look again, or links come or go. */
  async #pause(signal: AbortSignal): Promise<void> {
    const news = this.#news.signal;
    try {
      await sleep(this.#plan.clock, LOOK_MS, AbortSignal.any([signal, news]));
    } catch (error) {
      signal.throwIfAborted();
      if (!news.aborted) throw error;
    }
  }

  /** Or until it is clear that it takes longer. */
  async #untilOpen(signal: AbortSignal): Promise<void> {
    const { clock } = this.#plan;
    const until = clock.now() + OPENING_MS;
    while (this.#open === undefined && clock.now() < until) {
      this.#plan.start();
      if (this.#plan.problem() !== undefined) return;
      await sleep(clock, OPENING_LOOK_MS, signal);
    }
  }

  async #openServer(resources: AsyncDisposableStack): Promise<Open> {
    const { limits = GUEST_LIMITS } = this.#plan;
    const certificate = this.#plan.certificate();
    const encryption = encryptionBy(certificate);
    const requests = new GuestRequests(this.#site(encryption, limits));
    const door = {
      tls: certificate,
      addresses: listenAddresses(this.#here),
      ports: [this.#plan.lastPort() ?? USUAL_PORT, USUAL_PORT, 0],
      admits: (address: string) => this.#usable.some((link) => this.#mayCome(link, address)),
    };
    const server = await openGuestServer(
      door,
      (request, response, isWaiting) => {
        requests
          .answer(request, response, isWaiting)
          .catch((bug: unknown) => this.#plan.onProblem(bug));
      },
      limits,
    );
    resources.use(server);
    const own = guestOwnNames(this.#here);
    const scheme = certificate === undefined ? 'http' : 'https';
    const hosts = hostHeaders(own, scheme, server.port);
    const outside = resources.use(
      new GuestOutside({
        port: server.port,
        onChange: () => this.#plan.onChange(),
        onProblem: (error) => this.#plan.onProblem(error),
      }),
    );
    return { server, certificate, own, hosts, outside };
  }

  /** A link for everyone is of use where the router lets guests in. */
  #wantsOutside({ own }: Open): boolean {
    const isFor = this.#usable.some(({ record }) => record.reach === 'internet');
    const isLetIn = this.#plan.settings().mapsPorts && this.#plan.reach === 'anywhere';
    return isFor && isLetIn && !isPublic(own);
  }

  #site(encryption: GuestSite['encryption'], { stallMs }: GuestLimits): GuestSite {
    return {
      clock: this.#plan.clock,
      transfers: this.#transfers,
      uploads: this.#uploads,
      rates: this.#plan.rates.shared,
      stallMs,
      encryption,
      hosts: () => hostsOf(this.#open),
      find: (secret, address) => this.#find(secret, address),
      admit: (link, visitor, isBeginning) => this.#admit(link, visitor, isBeginning),
      requireUnchanged: (link) => this.#requireUnchanged(link),
      onUploaded: (_link, path) => this.#plan.tell('GUEST_UPLOADED', { path }),
      onProblem: (error) => {
        if (error instanceof LocalFault && error.code === 'GUEST_CONTENT_CHANGED')
          this.#noteChanged(String(error.details['path']));
        this.#plan.onProblem(error);
      },
    };
  }

  #find(secret: string, address: string): LiveLink {
    const link = this.#links.get(secret);
    if (link === undefined || !this.#mayCome(link, address)) throw new PeerFault('GUEST_UNKNOWN');
    if (link.record.expiresAt <= this.#plan.clock.epochNow()) throw new PeerFault('GUEST_ENDED');
    return link;
  }

  #mayCome({ record }: LiveLink, address: string): boolean {
    const { reach } = this.#plan;
    return isWithin(address, record.reach === 'lan' && reach === 'anywhere' ? 'private' : reach);
  }

  #admit({ record: { id, guestsMax } }: LiveLink, visitor: string, isBeginning: boolean): void {
    const { records } = this.#plan;
    const known = records.visitor(id, visitor);
    if (known === 'stopped') throw new PeerFault('GUEST_STOPPED');
    if (known === 'welcome') return;
    const count = records.countVisitors(id);
    if (guestsMax !== undefined && count >= guestsMax) throw new PeerFault('GUEST_USED_UP');
    if (!isBeginning || count >= VISITORS_MAX) return;
    records.putVisitor(id, visitor, false);
    this.#transfers.tell();
  }

  async #requireUnchanged({ files }: LiveLink): Promise<void> {
    for (const file of files) await (await openUnchanged(file)).close();
  }

  #noteChanged(path: string): void {
    for (const link of this.#links.values()) {
      const { record } = link;
      const has = record.changedPath === undefined && link.files.some((file) => file.path === path);
      if (!has) continue;
      link.record = { ...record, changedPath: path };
      this.#plan.records.noteChanged(record.id, path);
    }
    this.#transfers.tell();
  }

  get #here(): Whereabouts {
    const { reach, find } = this.#plan;
    const { bind, pageNames } = this.#plan.settings();
    return { reach, bind, pageNames, find };
  }

  /** Whether what is open is still what is wanted; small changes are taken over. */
  #isCurrent(open: Open): boolean {
    const certificate = this.#plan.certificate();
    if ((certificate === undefined) !== (open.certificate === undefined)) return false;
    if (certificate?.fingerprint !== open.certificate?.fingerprint) return false;
    const own = guestOwnNames(this.#here);
    if (JSON.stringify(own) !== JSON.stringify(open.own)) {
      open.own = own;
      open.hosts = hostHeaders(own, certificate ? 'https' : 'http', open.server.port);
      this.#plan.onChange();
    }
    return true;
  }

  #reportOf(link: LiveLink): GuestLink {
    const { record } = link;
    const { reach, clock } = this.#plan;
    const problem = this.#plan.problem();
    return reportGuestLink(record, {
      now: clock.epochNow(),
      reach,
      open: this.#open && {
        ...this.#open,
        port: this.#open.server.port,
        outside: this.#open.outside.seenIf(this.#wantsOutside(this.#open)),
      },
      certificate: this.#plan.certificate(),
      problem,
      guests: this.#plan.records.countVisitors(record.id),
      uploadDirectory: this.#uploads.directoryOf(record),
      uploadedBytes: this.#uploads.bytesOf(record.id),
      transfers: this.#transfers.of(record.id),
    });
  }
}
