/** Trackers of others: bittorrent-tracker (npm) in this process, opentracker (Debian) in its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Server from 'bittorrent-tracker/server';
import { freePort } from '../../../../base/test/node/free-port.ts';
import { skipWithout } from './program.ts';

const OPENTRACKER = '/usr/bin/opentracker';

/** It prints nothing when it serves; so often it is asked. */
const ASK_INTERVAL_MS = 10;

export const skipOpentracker: string | false = skipWithout(
  existsSync(OPENTRACKER),
  'install the Debian package opentracker',
);

export type NpmTracker = Server & AsyncDisposable & { readonly httpPort: number };

export async function openNpmTracker(httpHost: string): Promise<NpmTracker> {
  const server = new Server({ ws: false, stats: false });
  server.listen(0, { http: httpHost, udp: '127.0.0.1', udp6: '::1' });
  await once(server, 'listening');
  const address = server.http.address();
  assert.ok(address !== null && typeof address === 'object');
  return Object.assign(server, {
    httpPort: address.port,
    [Symbol.asyncDispose]: (): Promise<void> => new Promise((resolve) => server.close(resolve)),
  });
}

/** On one port for HTTP and UDP; Debian builds it to serve only the info hash that its list has. */
export async function openOpentracker(
  listed: string,
): Promise<AsyncDisposable & { readonly port: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'opentracker-'));
  await chmod(directory, 0o755); // started by root, it becomes `nobody`
  await writeFile(join(directory, 'list'), `${listed}\n`);
  const port = await freePort();
  const at = ['-i', '127.0.0.1', '-p', String(port), '-P', String(port)];
  const child = spawn(OPENTRACKER, [...at, '-d', directory, '-w', 'list'], {
    cwd: directory,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await Promise.race([
    whenServing(child, port, listed),
    ended.then(() => assert.fail('opentracker ended at once')),
  ]);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

async function whenServing(child: ChildProcess, port: number, listed: string): Promise<void> {
  const infoHash = listed.replaceAll(/../g, '%$&');
  const query = `info_hash=${infoHash}&peer_id=${'x'.repeat(20)}&port=1&left=0&event=stopped`;
  while (child.exitCode === null) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/announce?${query}`);
      if (!(await response.text()).includes('failure')) return;
    } catch (error) {
      assert.ok(error instanceof TypeError); // what fetch throws when it is refused
    }
    await delay(ASK_INTERVAL_MS);
  }
}
