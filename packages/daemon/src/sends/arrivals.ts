/** What is accepted comes here: its list of files, its swarm, the quarantine, and its release. */
import {
  assert,
  isAbort,
  joinPath,
  LocalFault,
  PeerFault,
  rootPath,
  TaskGroup,
} from '@coequal/base';
import type { Cancel, DeviceKey, Ports } from '@coequal/base';
import type { Metainfo, Torrent } from '@coequal/bittorrent';
import type { Received } from '../mark-origin.ts';
import { explain } from '../peer/explain.ts';
import type { InboxBook } from './inbox-book.ts';
import { MetainfoFetch } from './metainfo-fetch.ts';
import type { FetchInput, FetchOutput } from './metainfo-fetch.ts';
import { deleteQuarantine, deleteResumeData, moveOut, quarantineOf } from './quarantine.ts';
import { examineContent, withFound } from './examine-content.ts';
import { countWarnings, readSendList } from './send-list.ts';
import type { SendList } from './send-list.ts';
import type { OfferRecord } from './send-records.ts';
import { failureOf } from './swarms.ts';
import type { Share, Swarms } from './swarms.ts';
import type { SendMessage } from './wire/send-message.ts';

/** Lists of files that are fetched at a time: each is in memory meanwhile. */
const FETCHES_MAX = 8;
/** Who has it all goes on giving it to others of the same send for so long. */
const LINGER_MS: number = 7 * 86_400_000;

export interface ArrivalsView {
  readonly book: InboxBook;
  readonly swarms: Swarms;
  readonly resumeDirectory: string;
  say(device: DeviceKey, message: SendMessage): boolean;
  completed(offer: OfferRecord): void;
  failed(id: string, problem: OfferRecord['problem']): void;
  /** Before it goes where it is to go: marks files as being from elsewhere, where a system has that. */
  markOrigin(received: Received): Promise<void>;
  arrived(offer: OfferRecord): void;
  bug(error: unknown): void;
  onChange(): void;
}

type ArrivalPorts = Pick<Ports, 'clock' | 'disk' | 'hasher'>;

export class Arrivals implements AsyncDisposable {
  readonly #view: ArrivalsView;
  readonly #ports: ArrivalPorts;
  readonly #tasks: TaskGroup;
  readonly #fetches = new Map<
    string,
    { readonly fetch: MetainfoFetch; timer: Cancel | undefined }
  >();
  /** What is done with one offer is done in order. */
  readonly #last = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(view: ArrivalsView, ports: ArrivalPorts) {
    this.#view = view;
    this.#ports = ports;
    this.#tasks = new TaskGroup((error) => view.bug(error));
  }

  torrentOf(id: string): Torrent | undefined {
    return this.#view.swarms.torrent(keyOf(id));
  }

  /** Throws no fault: a list that is kept was checked when it came. */
  listOf(id: string): SendList | undefined {
    const offer = this.#view.book.get(id);
    const bytes = offer?.hasMetainfo === true ? this.#view.book.metainfo(id) : undefined;
    if (offer === undefined || bytes === undefined) return undefined;
    const list = readSendList(bytes, offer, (part, kind) => this.#ports.hasher.hash(part, kind));
    return { ...list, files: withFound(list.files, offer.found) };
  }

  /** Begins or goes on with whatever is next for it. */
  advance(offer: OfferRecord): void {
    const { id, state, hasMetainfo, isTold, ticket, isReleased } = offer;
    switch (state) {
      case 'waiting':
        if (!hasMetainfo && !isTold) this.#fetchList(offer);
        return;
      case 'receiving':
        if (!hasMetainfo) this.#fetchList(offer);
        else if (ticket !== undefined) this.#own(id, (signal) => this.#receive(id, signal));
        return;
      case 'quarantined':
        if (isReleased) this.#own(id, (signal) => this.#release(id, signal));
        else this.#own(id, () => this.#keep(id));
        return;
      case 'done':
        this.#own(id, () => this.#keep(id));
        return;
      case 'declined':
      case 'withdrawn':
      case 'expired':
      case 'failed':
        return;
    }
  }

  /** A talk with the sender began. */
  talkBegan({ id }: OfferRecord): void {
    if (this.#fetches.has(id)) this.#step(id, { type: 'opened' });
  }

  part({ id }: OfferRecord, index: number, bytes: Uint8Array): void {
    if (this.#fetches.has(id)) this.#step(id, { type: 'part', index, bytes });
  }

  membersChanged(offer: OfferRecord): void {
    this.#view.swarms.name(keyOf(offer.id), membersOf(offer));
    if (offer.state === 'done' || offer.state === 'quarantined') this.advance(offer);
  }

  /** Rejects with what keeps it where it is. */
  async release(offer: OfferRecord): Promise<void> {
    await this.#inTurn(offer.id, () => this.#release(offer.id, this.#tasks.signal));
  }

  discard(offer: OfferRecord): void {
    const { id, directory, state } = offer;
    this.#endFetch(id);
    const metainfo = this.listOf(id)?.metainfo;
    this.#own(id, async () => {
      await this.#view.swarms.stop(keyOf(id));
      const { resumeDirectory } = this.#view;
      if (metainfo !== undefined)
        await deleteResumeData(metainfo, resumeDirectory, this.#ports.disk);
      if (directory !== undefined && state !== 'done')
        await deleteQuarantine(directory, id, this.#ports);
    });
  }

  /** About once a second, while something comes. Whether something does. */
  tick(): boolean {
    let isBusy = false;
    for (const offer of this.#view.book.all()) {
      const torrent = offer.state === 'receiving' ? this.torrentOf(offer.id) : undefined;
      if (torrent === undefined) continue;
      isBusy = true;
      const failure = failureOf(torrent);
      if (failure !== undefined) {
        this.#view.failed(offer.id, explain(failure));
        continue;
      }
      const { have } = torrent.stats;
      if (have === offer.have) continue;
      this.#view.book.note(offer.id, { have });
      this.#view.say(offer.device, { type: 'progress', id: offer.sentId, have });
      this.#view.onChange();
    }
    return isBusy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true; // or each that ends makes room for one that begins, without end
    for (const id of this.#fetches.keys()) this.#endFetch(id);
    await this.#tasks[Symbol.asyncDispose]();
    await Promise.allSettled(this.#last.values());
  }

  // the list of files

  #fetchList({ id, metainfoLength, metainfoHash }: OfferRecord): void {
    if (this.#isClosed || this.#fetches.has(id) || this.#fetches.size >= FETCHES_MAX) return;
    const { hasher } = this.#ports;
    const fetch = new MetainfoFetch(metainfoLength, metainfoHash, (bytes, kind) =>
      hasher.hash(bytes, kind),
    );
    this.#fetches.set(id, { fetch, timer: undefined });
    this.#step(id, { type: 'opened' });
  }

  #step(id: string, input: FetchInput | { readonly type: 'timeout' }): void {
    const { clock } = this.#ports;
    const running = this.#fetches.get(id);
    const offer = this.#view.book.get(id);
    if (running === undefined || offer === undefined) return;
    let outputs: readonly FetchOutput[];
    try {
      outputs = running.fetch.step(input, clock.now());
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.#refuse(id, error);
      throw error; // which ends the talk
    }
    running.timer?.();
    const { deadline } = running.fetch;
    running.timer =
      deadline === undefined
        ? undefined
        : clock.at(deadline, () => this.#step(id, { type: 'timeout' }));
    for (const output of outputs) {
      if (output.type === 'done') this.#listed(offer, output.metainfo);
      else this.#view.say(offer.device, { type: 'ask', id: offer.sentId, index: output.index });
    }
  }

  #endFetch(id: string): void {
    this.#fetches.get(id)?.timer?.();
    this.#fetches.delete(id);
    for (const offer of this.#view.book.all())
      if (this.#fetches.size < FETCHES_MAX && offer.id !== id && !offer.hasMetainfo)
        if (offer.state === 'receiving' || offer.state === 'waiting') this.advance(offer);
  }

  #listed(offer: OfferRecord, metainfo: Uint8Array): void {
    const { hasher } = this.#ports;
    this.#endFetch(offer.id);
    try {
      const list = readSendList(metainfo, offer, (bytes, kind) => hasher.hash(bytes, kind));
      const { kinds } = list;
      const warnings = countWarnings(list.files);
      const { name } = list.metainfo;
      const changes = { hasMetainfo: true, kinds, warnings, name };
      const isTold = offer.state === 'waiting' ? true : offer.isTold;
      const after = this.#view.book.change(offer.id, { ...changes, isTold }, metainfo);
      this.#view.onChange();
      if (after !== undefined) this.advance(after);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.#refuse(offer.id, error);
      throw error;
    }
  }

  #refuse(id: string, fault: PeerFault): void {
    this.#endFetch(id);
    const what = fault.code === 'OFFER_LIES' ? fault.details : { what: fault.code };
    this.#view.failed(id, explain(new LocalFault('OFFER_LIES', what)));
  }

  // the content

  async #receive(id: string, signal: AbortSignal): Promise<void> {
    const offer = this.#view.book.get(id);
    if (offer?.state !== 'receiving' || this.torrentOf(id) !== undefined) return;
    const torrent = await this.#start(offer, 'fetch', quarantineOf(offer.directory ?? '', id));
    if (torrent === undefined) return;
    // what it has from before is shown at once, also while nobody gives
    this.#view.onChange();
    // beside the turn: it takes as long as it takes
    this.#tasks.run(async (stop) => {
      try {
        await torrent.whenCompleted(stop);
        this.#own(id, () => this.#completed(id, torrent, signal));
      } catch (error) {
        if (isAbort(error, stop) || torrent.state.type === 'closed') return;
        if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
        this.#view.failed(id, explain(error));
      }
    });
  }

  /** Every byte is verified and on disk. */
  async #completed(id: string, { contentPath }: Torrent, signal: AbortSignal): Promise<void> {
    const list = this.listOf(id);
    if (list === undefined || contentPath === undefined) return;
    const { clock } = this.#ports;
    const found = await examineContent(list.metainfo, contentPath, this.#ports, signal);
    const warnings = countWarnings(withFound(list.files, found));
    const after = this.#view.book.step(id, 'complete', {
      found,
      warnings,
      path: contentPath,
      have: list.metainfo.length,
      isTold: false,
      // a name that was changed harms nobody
      isReleased: warnings.every(({ warning }) => warning === 'NAME_CHANGED'),
      completedAt: clock.epochNow(),
    });
    if (after === undefined) return;
    this.#view.completed(after);
    this.#view.arrived(after);
    this.advance(after);
  }

  /** It is passed on to others of the same send, as long as some have not got it. */
  async #keep(id: string): Promise<void> {
    const offer = this.#view.book.get(id);
    const { swarms } = this.#view;
    if (offer === undefined || !this.#isNeeded(offer)) return await swarms.stop(keyOf(id));
    const running = swarms.torrent(keyOf(id));
    if (running !== undefined && running.contentPath === offer.path) return;
    await this.#start(offer, 'keep', parentOf(offer.path ?? ''));
  }

  #isNeeded({ path, completedAt, receivers, receiversDone, ticket }: OfferRecord): boolean {
    if (path === undefined || completedAt === undefined || ticket === undefined) return false;
    const isOld = this.#ports.clock.epochNow() >= completedAt + LINGER_MS;
    return !isOld && receivers > receiversDone;
  }

  async #start(
    offer: OfferRecord,
    role: Share['role'],
    directory: string,
  ): Promise<Torrent | undefined> {
    const { id, ticket, path } = offer;
    const metainfo = this.#view.book.metainfo(id);
    if (metainfo === undefined || ticket === undefined) return undefined;
    const share: Share = {
      key: keyOf(id),
      metainfo,
      ticket,
      directory,
      role,
      contentPath: role === 'keep' ? path : undefined,
      isShutOut: () => false, // whom the sender shut out has no ticket any more, or all of it
    };
    return await this.#view.swarms.start(share, membersOf(offer));
  }

  // the release

  async #release(id: string, signal: AbortSignal): Promise<void> {
    const offer = this.#view.book.get(id);
    const list = this.listOf(id);
    if (offer?.state !== 'quarantined' || offer.directory === undefined || list === undefined)
      return;
    await this.#view.swarms.stop(keyOf(id));
    const path = await moveOut(
      { id, directory: offer.directory, metainfo: list.metainfo },
      this.#view.resumeDirectory,
      this.#ports,
      async (root) => await this.#mark(root, list.metainfo),
      signal,
    );
    const after = this.#view.book.step(id, 'release', { path, problem: undefined });
    assert(after !== undefined, 'what is released was in quarantine');
    await deleteQuarantine(offer.directory, id, this.#ports);
    this.#view.onChange();
    await this.#keep(id);
  }

  async #mark(root: string, { isFolder, files }: Metainfo): Promise<void> {
    const within = files.map(({ path }) => joinPath(rootPath(root), ...path));
    await this.#view.markOrigin({ root, files: isFolder ? within : [root] });
  }

  #own(id: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.#tasks.run((signal) =>
      this.#inTurn(id, async () => {
        try {
          await task(signal);
        } catch (error) {
          if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
          this.#stuck(id, error);
        }
      }),
    );
  }

  /** What is not whole yet has failed; what is stays, and a person is told why it goes no further. */
  #stuck(id: string, fault: LocalFault | PeerFault): void {
    const problem = explain(fault);
    if (this.#view.book.get(id)?.state === 'receiving') this.#view.failed(id, problem);
    else this.#view.book.change(id, { isReleased: false, problem });
    this.#view.onChange();
  }

  #inTurn(id: string, run: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(id) ?? Promise.resolve()).then(run, run);
    this.#last.set(id, turn);
    const forget = (): void => {
      if (this.#last.get(id) === turn) this.#last.delete(id);
    };
    turn.then(forget, forget);
    return turn;
  }
}

function keyOf(id: string): string {
  return `offer-${id}`;
}

function membersOf({ device, devices }: OfferRecord): readonly DeviceKey[] {
  return [device, ...devices];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
