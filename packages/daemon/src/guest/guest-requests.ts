/** Answers guests: the page of a link, its files, all of them as a ZIP file, and what is put here. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PeerFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { SharedRates } from '@coequal/bittorrent';
import { Attempts } from '../api/attempts.ts';
import { networkOf, plainAddress } from '../api/caller-address.ts';
import { checkRequestHead } from '../api/guard.ts';
import { newSecret } from '../api/secrets.ts';
import { browserName, keptAgent } from '../remote-page/browser-name.ts';
import { wantedBytes } from './byte-range.ts';
import { assetAt, redirect, sendAsset, sendText, setSafeHeaders } from './guest-answers.ts';
import { fileBytes, writeBody, zipBytes } from './guest-bytes.ts';
import type { Pace } from './guest-bytes.ts';
import { contentDisposition } from './guest-names.ts';
import { guestPage } from './guest-page.ts';
import type { GuestPage } from './guest-page.ts';
import { refuseGuest } from './guest-refusals.ts';
import type { GuestTransfers } from './guest-transfers.ts';
import type { GuestUploads } from './guest-uploads.ts';
import { guestLanguage } from './guest-words.ts';
import type { GuestLanguage } from './guest-words.ts';
import { secondsOf } from './live-link.ts';
import type { LiveLink } from './live-link.ts';

/** Requests that are answered at once: pipelined ones come on few connections. */
const ANSWERS_MAX = 128;
/** Bytes of a cookie by which a guest is known again. */
const COOKIE_BYTES = 16;

export interface GuestSite {
  readonly clock: Clock;
  readonly transfers: GuestTransfers;
  readonly uploads: GuestUploads;
  /** Of all that this peer sends. */
  readonly rates: SharedRates;
  readonly stallMs: number;
  readonly encryption: GuestPage['encryption'];
  hosts(): ReadonlySet<string>;
  /**
   * By the secret in its address. Throws PeerFault `GUEST_UNKNOWN`, also for who may not come from that address, or
   * `GUEST_ENDED`.
   */
  find(secret: string, address: string): LiveLink;
  /** Lets a guest in, who is known from then on. Throws PeerFault `GUEST_USED_UP` or `GUEST_STOPPED`. */
  admit(link: LiveLink, visitor: string, isBeginning: boolean): void;
  /** Throws LocalFault `GUEST_CONTENT_CHANGED` when one of its files is another. */
  requireUnchanged(link: LiveLink): Promise<void>;
  onUploaded(link: LiveLink, path: string): void;
  /** Ours to bear, or a bug. */
  onProblem(error: unknown): void;
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly isWaiting: boolean;
  readonly address: string;
  readonly language: GuestLanguage;
  readonly link: LiveLink;
  readonly visitor: string;
  /** Of a browser that was here before. */
  readonly cookie: string | undefined;
  readonly guest: string;
  readonly query: URLSearchParams;
}

/** A file, or all of them, as it is answered. */
interface Content {
  readonly name: string;
  readonly length: number;
  readonly tag: string;
  readonly modifiedAt: number;
  bytes(first: number, last: number, pace: Pace): AsyncGenerator<Uint8Array>;
}

export class GuestRequests {
  readonly #site: GuestSite;
  readonly #attempts: Attempts;
  #answering = 0;

  constructor(site: GuestSite) {
    this.#site = site;
    this.#attempts = new Attempts(site.clock);
  }

  /** What goes wrong is answered, or told to the site. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    isWaiting: boolean,
  ): Promise<void> {
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    const query = new URLSearchParams(search);
    const language = guestLanguage(query.get('lang'), request.headers['accept-language']);
    this.#answering += 1;
    try {
      setSafeHeaders(request, response);
      if (this.#answering > ANSWERS_MAX) throw new PeerFault('GUEST_BUSY');
      checkRequestHead(
        { method: request.method ?? '', headers: request.headers },
        this.#site.hosts(),
        false,
      );
      const asset = assetAt(path);
      if (asset !== undefined) return sendAsset(asset, request, response);
      const [, secret, rest] = /^\/([\w-]{24})(?:\/(.*))?$/s.exec(path) ?? [];
      if (secret === undefined) throw new PeerFault('GUEST_UNKNOWN');
      const visit = this.#visitOf({ request, response, isWaiting, language, query }, secret);
      if (rest === undefined) return redirect(response, `/${secret}/${search && `?${search}`}`);
      await this.#answerVisit(visit, rest);
    } catch (error) {
      const isOurs = refuseGuest(error, request, response, language, path.includes('/up/'));
      if (isOurs) this.#site.onProblem(error);
    } finally {
      this.#answering -= 1;
    }
  }

  #visitOf(
    asked: Pick<Visit, 'request' | 'response' | 'isWaiting' | 'language' | 'query'>,
    secret: string,
  ): Visit {
    const { headers, socket } = asked.request;
    const address = plainAddress(socket.remoteAddress ?? '');
    const network = networkOf(address);
    const link = this.#find(secret, address, network);
    const agent = keptAgent(headers['user-agent']);
    const cookie = /(?:^|;\s*)guest=([\w-]{22})(?:;|$)/.exec(headers.cookie ?? '')?.[1];
    const visitor = link.visitorOf({ cookie, network, agent });
    return { ...asked, address, link, visitor, cookie, guest: browserName(agent) };
  }

  /** Who guesses is told nothing after some tries; who has the right one is let in all the same. */
  #find(secret: string, address: string, network: string): LiveLink {
    try {
      return this.#site.find(secret, address);
    } catch (error) {
      const isGuess = error instanceof PeerFault && error.code === 'GUEST_UNKNOWN';
      if (isGuess && !this.#attempts.note(network)) throw new PeerFault('GUEST_TOO_MANY_TRIES');
      throw error;
    }
  }

  async #answerVisit(visit: Visit, rest: string): Promise<void> {
    const { link, request } = visit;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const upload = /^up\/([^/]*)$/s.exec(rest)?.[1];
    if (upload !== undefined) return await this.#answerUpload(visit, decoded(upload));
    if (!isRead) throw new PeerFault('GUEST_METHOD');
    if (rest === '') return this.#sendPage(visit);
    const [, number, name] = /^f\/(\d{1,6})\/([^/]*)$/s.exec(rest) ?? [];
    const file = number === undefined ? undefined : link.files[Number(number)];
    if (file !== undefined) {
      const own = file.name.slice(file.name.lastIndexOf('/') + 1);
      if (decoded(name ?? '') !== own) throw new PeerFault('GUEST_UNKNOWN');
      return await this.#sendContent(visit, {
        name: own,
        length: file.length,
        tag: link.fileTag(file),
        modifiedAt: secondsOf(file),
        bytes: (first, last, pace) => fileBytes(file, first, last, pace),
      });
    }
    const isZip = rest.startsWith('zip/') && decoded(rest.slice(4)) === link.zipName;
    if (!isZip || link.files.length === 0) throw new PeerFault('GUEST_UNKNOWN');
    await this.#site.requireUnchanged(link);
    const { zip, files, sums, zipName, zipTag } = link;
    await this.#sendContent(visit, {
      name: zipName,
      length: zip.length,
      tag: zipTag,
      modifiedAt: Math.max(...files.map(secondsOf)),
      bytes: (first, last, pace) => zipBytes(zip, files, sums, first, last, pace),
    });
  }

  #sendPage({ request, response, link, language, visitor, cookie }: Visit): void {
    this.#site.admit(link, visitor, false);
    const { record, files, zipName } = link;
    if (cookie === undefined) {
      const maxAge = Math.ceil((record.expiresAt - this.#site.clock.epochNow()) / 1_000);
      const secure = this.#site.encryption === 'none' ? '' : '; Secure';
      response.setHeader(
        'set-cookie',
        `guest=${newSecret(COOKIE_BYTES)}; Path=/${record.secret}/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`,
      );
    }
    const left = record.uploadBytesMax - this.#site.uploads.bytesOf(record.id);
    const page = guestPage(
      {
        title: record.title,
        files,
        zipName,
        zipLength: files.length > 1 ? link.zip.length : 0,
        expiresAt: record.expiresAt,
        uploadBytesMax: record.mayUpload ? Math.max(0, left) : undefined,
        encryption: this.#site.encryption,
      },
      language,
    );
    sendText(request, response, 200, 'text/html; charset=utf-8', page);
  }

  async #sendContent(visit: Visit, content: Content): Promise<void> {
    const { request, response, link, visitor } = visit;
    const isBeginning = request.method === 'GET';
    this.#site.admit(link, visitor, isBeginning);
    const { range, 'if-range': ifRange } = request.headers;
    const { name, length, tag, modifiedAt } = content;
    const wanted = wantedBytes(range, ifRange?.toString(), tag, length);
    response.setHeader('accept-ranges', 'bytes');
    if (wanted.type === 'unsatisfiable') {
      response.setHeader('content-range', `bytes */${length}`);
      throw new PeerFault('GUEST_RANGE');
    }
    const [first, last] = wanted.type === 'part' ? [wanted.first, wanted.last] : [0, length - 1];
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': contentDisposition(name),
      'content-length': last + 1 - first,
      etag: tag,
      'last-modified': new Date(modifiedAt * 1_000).toUTCString(),
      ...(wanted.type === 'part' && { 'content-range': `bytes ${first}-${last}/${length}` }),
    };
    const status = wanted.type === 'part' ? 206 : 200;
    if (!isBeginning) return void response.writeHead(status, headers).end();
    await this.#stream(visit, content, [first, last], () => response.writeHead(status, headers));
  }

  /** The head is sent once the first file is open: until then one that changed can be refused in words. */
  async #stream(
    { response, link, visitor, guest, address }: Visit,
    { name, length, ...content }: Content,
    [first, last]: readonly [number, number],
    writeHead: () => void,
  ): Promise<void> {
    const left = new AbortController();
    response.once('close', () => left.abort(new PeerFault('GUEST_LEFT')));
    using sending = this.#site.rates.sendBeside(last + 1 - first);
    await using chunks = content.bytes(first, last, (max) => sending.next(max, left.signal));
    await chunks.next();
    const progress = this.#site.transfers.begin({
      link: link.record.id,
      direction: 'download',
      visitor,
      guest,
      address,
      name,
      size: length,
      done: first,
      cut: () => response.destroy(),
    });
    let done = first;
    let isWhole = false;
    try {
      writeHead();
      const body = { length: last + 1 - first, stallMs: this.#site.stallMs };
      await writeBody(response, chunks, body, (count) => {
        done += count;
        progress.note(done);
      });
      isWhole = done === length;
    } finally {
      progress.end(isWhole);
    }
  }

  async #answerUpload(visit: Visit, name: string): Promise<void> {
    const { request, response, link, visitor, query } = visit;
    const { uploads } = this.#site;
    const given = query.get('key') ?? '';
    const key = /^[\w-]{16,64}$/.test(given) ? given : randomBytes(24).toString('base64url');
    if (!link.record.mayUpload) throw new PeerFault('UPLOADS_OFF');
    if (request.method === 'PUT') return await this.#takeUpload(visit, name, key);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new PeerFault('GUEST_METHOD');
    this.#site.admit(link, visitor, false);
    const offset = await uploads.offset(link.record.id, key);
    const length = Number(query.get('length') ?? Number.NaN);
    if (offset === undefined) response.setHeader('upload-complete', '?1');
    else {
      response.setHeader('upload-offset', offset);
      if (Number.isSafeInteger(length) && length >= 0)
        await uploads.check({ link: link.record, name, key, first: offset, length });
    }
    sendText(request, response, 200, 'text/plain; charset=utf-8', '');
  }

  async #takeUpload(visit: Visit, name: string, key: string): Promise<void> {
    const { request, response, isWaiting, link, visitor, guest, address } = visit;
    const { uploads, transfers } = this.#site;
    const { first, length } = uploadSpan(request);
    this.#site.admit(link, visitor, true);
    const upload = { link: link.record, name, key, first, length };
    await uploads.takeOver(link.record.id, key);
    await uploads.check(upload);
    this.#site.find(link.record.secret, address); // it may have ended while that was looked at
    await uploads.reserve(upload);
    if (isWaiting) response.writeContinue();
    const progress = transfers.begin({
      link: link.record.id,
      direction: 'upload',
      visitor,
      guest,
      address,
      name,
      size: length,
      done: first,
      cut: () => request.destroy(),
    });
    let path: string | undefined;
    try {
      path = await uploads.receive(upload, request, (done) => progress.note(done));
      this.#site.onUploaded(link, path);
    } finally {
      progress.end(path !== undefined, path);
    }
    sendText(request, response, 201, 'text/plain; charset=utf-8', '');
  }
}

/** Throws PeerFault `UPLOAD_NO_LENGTH`. */
function uploadSpan({ headers }: IncomingMessage): {
  readonly first: number;
  readonly length: number;
} {
  const coming = Number(headers['content-length'] ?? Number.NaN);
  const range = headers['content-range'];
  if (range === undefined) {
    if (!Number.isSafeInteger(coming)) throw new PeerFault('UPLOAD_NO_LENGTH');
    return { first: 0, length: coming };
  }
  const [, first = '', last = '', length = ''] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range) ?? [];
  const isWhole = first !== '' && Number(last) === Number(length) - 1;
  if (!isWhole || Number(first) > Number(last)) throw new PeerFault('UPLOAD_NO_LENGTH');
  return { first: Number(first), length: Number(length) };
}

/** Throws PeerFault `GUEST_UNKNOWN`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new PeerFault('GUEST_UNKNOWN');
  }
}
