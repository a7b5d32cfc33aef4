/** Transmission and qBittorrent with the torrents of at-rest.ts, whose content is there. Those that are not installed are left out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const TRANSMISSION = '/usr/bin/transmission-daemon';
const QBITTORRENT = '/usr/bin/qbittorrent-nox';
const PAGE_PORT = 7_400;
const LOOK_INTERVAL_MS = 100;

export interface Share {
  /** The folder with all files. */
  readonly content: string;
  readonly torrents: readonly string[];
}

export interface Resting extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
}

export interface Places {
  readonly folder: string;
  /** One for each program. */
  readonly addresses: readonly string[];
  /** Of the DHT. */
  readonly nodes: readonly string[];
  readonly port: number;
}

/** Resolves when all have checked what is there. */
export async function openForeign(share: Share, places: Places): Promise<readonly Resting[]> {
  const [first = '', second = ''] = places.addresses;
  return [
    ...(existsSync(TRANSMISSION) ? [await transmission(share, places, first)] : []),
    ...(existsSync(QBITTORRENT) ? [await qbittorrent(share, places, second)] : []),
  ];
}

async function transmission(share: Share, places: Places, address: string): Promise<Resting> {
  const home = join(places.folder, 'transmission');
  const watched = join(places.folder, 'watched');
  for (const path of [home, watched]) mkdirSync(path);
  for (const path of share.torrents) copyFileSync(path, join(watched, basename(path)));
  const settings = {
    'bind-address-ipv4': address,
    'bind-address-ipv6': '::1',
    'dht-enabled': true,
    'download-dir': share.content,
    'lpd-enabled': false,
    'peer-port': places.port,
    'port-forwarding-enabled': false,
    'rpc-authentication-required': false,
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': PAGE_PORT,
    'watch-dir': watched,
    'watch-dir-enabled': true,
  };
  writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(home, 'dht.dat'), dhtState(places));
  const args = ['--foreground', '--config-dir', home, '--log-error'];
  const process = start('transmission-daemon', TRANSMISSION, args, home);
  const url = `http://127.0.0.1:${PAGE_PORT}/transmission/rpc`;
  const body = '{"method":"torrent-get","arguments":{"fields":["leftUntilDone","status"]}}';
  let id = '';
  await until(async () => {
    const headers = { 'X-Transmission-Session-Id': id };
    const response = await fetch(url, { method: 'POST', body, headers });
    id = response.headers.get('X-Transmission-Session-Id') ?? id;
    if (!response.ok) return false;
    const { arguments: answer } = (await response.json()) as TransmissionAnswer;
    const isWhole = answer.torrents.every((each) => each.leftUntilDone === 0 && each.status >= 5);
    return answer.torrents.length === share.torrents.length && isWhole;
  });
  return process;
}

interface TransmissionAnswer {
  readonly arguments: {
    readonly torrents: readonly { readonly leftUntilDone: number; readonly status: number }[];
  };
}

/** As it stores what it knew. */
function dhtState({ nodes, port }: Places): Uint8Array {
  const packed = Buffer.concat(
    nodes.map((node) => Buffer.from([...node.split('.').map(Number), port >> 8, port & 0xff])),
  );
  const head = Buffer.from(`5:nodes${packed.length}:`);
  return Buffer.concat([Buffer.from('d2:id20:'), randomBytes(20), head, packed, Buffer.from('e')]);
}

/** The nodes that it begins with cannot be named in 4.5: its DHT is on, and asks for names that are not there. */
async function qbittorrent(share: Share, places: Places, address: string): Promise<Resting> {
  const home = join(places.folder, 'qbittorrent');
  mkdirSync(join(home, 'qBittorrent/config'), { recursive: true });
  const page = PAGE_PORT + 1;
  const config = [
    '[LegalNotice]',
    'Accepted=true',
    '[BitTorrent]',
    `Session\\DefaultSavePath=${share.content}`,
    'Session\\DHTEnabled=true',
    'Session\\LSDEnabled=false',
    `Session\\Port=${places.port}`,
    `Session\\InterfaceAddress=${address}`,
    '[Network]',
    'PortForwardingEnabled=false',
    '[Preferences]',
    'WebUI\\Address=127.0.0.1',
    'WebUI\\LocalHostAuth=false',
    `WebUI\\Port=${page}`,
  ];
  writeFileSync(join(home, 'qBittorrent/config/qBittorrent.conf'), `${config.join('\n')}\n`);
  const process = start('qbittorrent-nox', QBITTORRENT, [`--profile=${home}`], home);
  const url = `http://127.0.0.1:${page}/api/v2`;
  await until(async () => (await fetch(`${url}/app/version`)).ok);
  for (const path of share.torrents) {
    const body = new FormData();
    body.set('torrents', new Blob([readFileSync(path)]), basename(path));
    await fetch(`${url}/torrents/add`, { method: 'POST', body });
  }
  await until(async () => {
    const response = await fetch(`${url}/torrents/info`);
    const torrents = (await response.json()) as readonly { readonly progress: number }[];
    const isWhole = torrents.every(({ progress }) => progress === 1);
    return torrents.length === share.torrents.length && isWhole;
  });
  return process;
}

function start(name: string, command: string, args: readonly string[], home: string): Resting {
  const env = { ...process.env, HOME: home };
  const child = spawn(command, args, { stdio: 'ignore', env });
  const ended = once(child, 'exit');
  return {
    name,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL'); // they take their time, and nothing of theirs is kept
      await ended;
    },
  };
}

/** Neither has events. What `fetch` throws while nothing listens yet is a TypeError. */
async function until(isReached: () => Promise<boolean>): Promise<void> {
  for (;;) {
    try {
      if (await isReached()) return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await setTimeout(LOOK_INTERVAL_MS);
  }
}
