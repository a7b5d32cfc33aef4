/** qbittorrent-nox and transmission-daemon, driven as their users do it, in folders of their own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../base/test/node/free-port.ts';
import type { Command, Place } from './command.ts';

const QBITTORRENT = '/usr/bin/qbittorrent-nox';
const TRANSMISSION = '/usr/bin/transmission-daemon';

export const noQbittorrent: string | false = existsSync(QBITTORRENT)
  ? false
  : 'install the Debian package qbittorrent-nox';
export const noTransmission: string | false = existsSync(TRANSMISSION)
  ? false
  : 'install the Debian package transmission-daemon';

/** What `fetch` throws while nobody listens. */
function isNobody(error: unknown): boolean {
  return error instanceof TypeError;
}

/** Their interfaces have no events; so often they are asked. */
const ASK_INTERVAL_MS = 50;

async function untilSo(isSo: () => Promise<boolean>, program: Command): Promise<void> {
  let hasEnded = false;
  void program.ended.then(() => (hasEnded = true));
  while (!(await isSo())) {
    assert.ok(!hasEnded, 'the program ended first');
    await delay(ASK_INTERVAL_MS);
  }
}

export interface QbittorrentRow {
  readonly name: string;
  readonly hash: string;
  readonly state: string;
  readonly progress: number;
}

export class Qbittorrent implements AsyncDisposable {
  /** What `--profile` names. */
  readonly profile: string;
  readonly #program: Command;
  readonly #base: string;

  private constructor(profile: string, program: Command, port: number) {
    this.profile = profile;
    this.#program = program;
    this.#base = `http://127.0.0.1:${port}/api/v2`;
  }

  static async start(place: Place, settings: readonly string[] = []): Promise<Qbittorrent> {
    const profile = place.at('profile');
    await mkdir(`${profile}/qBittorrent/config`, { recursive: true });
    const lines = [
      '[LegalNotice]',
      'Accepted=true',
      '[Preferences]',
      'WebUI\\Address=127.0.0.1',
      'WebUI\\LocalHostAuth=false',
      '[BitTorrent]',
      'Session\\DHTEnabled=false',
      'Session\\LSDEnabled=false',
      'Session\\PeXEnabled=false',
      'Session\\InterfaceAddress=127.0.0.1',
      'Session\\Interface=lo',
      'Session\\InterfaceName=lo',
      'Session\\AddExtensionToIncompleteFiles=true',
      ...settings,
    ];
    await writeFile(`${profile}/qBittorrent/config/qBittorrent.conf`, `${lines.join('\n')}\n`);
    const port = await freePort();
    const program = place.startOther([
      '/usr/bin/env',
      `HOME=${place.path}`,
      QBITTORRENT,
      `--profile=${profile}`,
      `--webui-port=${port}`,
    ]);
    const started = new Qbittorrent(profile, program, port);
    try {
      await untilSo(() => started.#isServing(), program);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return started;
  }

  /** `torrent`: a .torrent file or a magnet link; `choices` as its WebUI API has them. */
  async add(
    torrent: Uint8Array | string,
    choices: Readonly<Record<string, string>>,
  ): Promise<void> {
    const form = new FormData();
    if (typeof torrent === 'string') form.set('urls', torrent);
    else form.set('torrents', new Blob([Uint8Array.from(torrent)]), 'x.torrent');
    for (const [name, value] of Object.entries(choices)) form.set(name, value);
    const response = await fetch(`${this.#base}/torrents/add`, { method: 'POST', body: form });
    assert.equal(await response.text(), 'Ok.');
  }

  async call(path: string, form: Readonly<Record<string, string>>): Promise<void> {
    const body = new URLSearchParams(form);
    const response = await fetch(`${this.#base}/${path}`, { method: 'POST', body });
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }

  /** Until the one of that name is so. */
  async until(name: string, isSo: (row: QbittorrentRow) => boolean): Promise<QbittorrentRow> {
    let found: QbittorrentRow | undefined;
    await untilSo(async () => {
      const response = await fetch(`${this.#base}/torrents/info`);
      const rows = (await response.json()) as readonly QbittorrentRow[];
      found = rows.find((row) => row.name === name);
      return found !== undefined && isSo(found);
    }, this.#program);
    assert.ok(found !== undefined);
    return found;
  }

  /** It has written what it knows once this resolves. */
  async stop(): Promise<void> {
    const { code, stdout } = await this.#program.stop('SIGTERM');
    assert.equal(code, 0, stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }

  async #isServing(): Promise<boolean> {
    try {
      return (await fetch(`${this.#base}/app/version`)).ok;
    } catch (error) {
      if (!isNobody(error)) throw error;
      return false;
    }
  }
}

/** Fields of `torrent-get`. */
export interface TransmissionRow {
  readonly id: number;
  readonly name: string;
  readonly status: number;
  readonly haveValid: number;
  readonly leftUntilDone: number;
}

export class TransmissionDaemon implements AsyncDisposable {
  /** What `--config-dir` names. */
  readonly directory: string;
  readonly #program: Command;
  readonly #url: string;
  #sessionId = '';

  private constructor(directory: string, program: Command, port: number) {
    this.directory = directory;
    this.#program = program;
    this.#url = `http://127.0.0.1:${port}/transmission/rpc`;
  }

  static async start(
    place: Place,
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<TransmissionDaemon> {
    const directory = place.at('transmission');
    await mkdir(directory, { recursive: true });
    const port = await freePort();
    const all = {
      'bind-address-ipv4': '127.0.0.1',
      'bind-address-ipv6': '::1',
      'dht-enabled': false,
      'lpd-enabled': false,
      'pex-enabled': false,
      'utp-enabled': false,
      'port-forwarding-enabled': false,
      'peer-port': await freePort(),
      'rpc-authentication-required': false,
      'rpc-bind-address': '127.0.0.1',
      'rpc-port': port,
      'rename-partial-files': true,
      ...settings,
    };
    await writeFile(`${directory}/settings.json`, JSON.stringify(all));
    const args = ['--foreground', '--config-dir', directory, '--log-error'];
    const program = place.startOther([TRANSMISSION, ...args]);
    const started = new TransmissionDaemon(directory, program, port);
    try {
      await untilSo(() => started.#isServing(), program);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return started;
  }

  async call(method: string, given: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'X-Transmission-Session-Id': this.#sessionId },
      body: JSON.stringify({ method, arguments: given }),
    });
    if (response.status === 409) {
      await response.body?.cancel();
      this.#sessionId = response.headers.get('X-Transmission-Session-Id') ?? '';
      return await this.call(method, given);
    }
    const answer = (await response.json()) as { result: string; arguments: unknown };
    assert.equal(answer.result, 'success', method);
    return answer.arguments;
  }

  async add(
    torrent: Uint8Array | string,
    choices: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const source =
      typeof torrent === 'string'
        ? { filename: torrent }
        : { metainfo: Buffer.from(torrent).toString('base64') };
    await this.call('torrent-add', { ...source, ...choices });
  }

  async until(name: string, isSo: (row: TransmissionRow) => boolean): Promise<TransmissionRow> {
    const fields = ['id', 'name', 'status', 'haveValid', 'leftUntilDone'];
    let found: TransmissionRow | undefined;
    await untilSo(async () => {
      const answer = await this.call('torrent-get', { fields });
      const { torrents } = answer as { torrents: readonly TransmissionRow[] };
      found = torrents.find((row) => row.name === name);
      return found !== undefined && isSo(found);
    }, this.#program);
    assert.ok(found !== undefined);
    return found;
  }

  async stop(): Promise<void> {
    const { code, stderr } = await this.#program.stop('SIGTERM');
    assert.equal(code, 0, stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }

  async #isServing(): Promise<boolean> {
    try {
      await this.call('session-get');
      return true;
    } catch (error) {
      if (!isNobody(error)) throw error;
      return false;
    }
  }
}
