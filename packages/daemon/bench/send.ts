/**
 * 1 GiB handed over by `send` over a loopback link, from the first read of the file to the last verified byte, against
 * what the bare link carries in the same run: `node packages/daemon/bench/send.ts [MiB]`. Both sides are processes of
 * their own, as two peers on one computer are.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deviceKeyOf, LocalFault } from '@coequal/base';
import type { DeviceKey, Links } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { PlainLinks } from '@coequal/simulator';
import type { DeviceDirectory } from '@coequal/simulator';
import { printMachine } from '../../base/bench/report.ts';
import type { SendContacts } from '../src/sends/contacts.ts';
import { Sends } from '../src/sends/sends.ts';
import { openStore } from '../src/store/store.ts';

const MIB = 1024 * 1024;
const NEVER = new AbortController().signal;
const RUNS = 3;
const KEYS = [1, 2].map((n) => deviceKeyOf(new Uint8Array(32).fill(n)));
const LOOK_MS = 20;

interface Side extends AsyncDisposable {
  readonly links: Links;
  readonly sends: Sends;
  readonly directory: DeviceDirectory;
  readonly other: DeviceKey;
}

async function openSide(number: 0 | 1, home: string): Promise<Side> {
  const [own, other] = number === 0 ? KEYS : KEYS.toReversed();
  if (own === undefined || other === undefined) throw new Error('there are two');
  const resources = new AsyncDisposableStack();
  const ports = resources.use(openPorts());
  const store = resources.use(openStore(join(home, 'daemon.sqlite')));
  const directory: DeviceDirectory = new Map();
  const links = resources.use(await PlainLinks.open(own, '127.0.0.1', directory, ports.net, NEVER));
  const contacts: SendContacts = {
    find: () => other,
    devicesOf: () => [other],
    personOf: () => other,
    nameOf: () => 'the other',
    trustOf: () => 'trusted',
  };
  const sends = resources.use(
    await Sends.open(
      {
        own,
        links,
        contacts,
        store,
        ports,
        resumeDirectory: join(home, 'resume'),
        settings: () => ({ downloadDirectory: join(home, 'files'), freeSpaceMin: 0 }),
        tell: () => undefined,
        onChange: () => undefined,
        onBug: (error) => {
          throw error;
        },
      },
      NEVER,
    ),
  );
  return {
    links,
    sends,
    directory,
    other,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Who receives: counts what comes over the bare link, and accepts what is offered. */
async function receive(home: string, length: number): Promise<void> {
  await using side = await openSide(1, home);
  side.sends.inbox.putRule(side.other, { sizeMax: length });
  side.links.accept('bench/1', (stream) => {
    let left = length;
    stream.start(
      (view) => {
        left -= view.length;
        if (left <= 0) stream.send([new Uint8Array(1)]);
      },
      () => undefined,
    );
  });
  const at = side.directory.get(side.other === KEYS[0] ? (KEYS[1] ?? side.other) : side.other);
  process.send?.({ at, cpu: 0 });
  process.on('message', (message) => {
    if (message === 'cpu') process.send?.({ cpu: cpuMs() });
  });
  await once(process, 'disconnect');
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpu }] = (await once(child, 'message')) as [{ cpu: number }];
  return cpu + cpuMs();
}

/** Milliseconds, and those of the processors of both sides. */
async function timed(child: ChildProcess, work: () => Promise<void>): Promise<[number, number]> {
  const cpu = await cpuOf(child);
  const start = performance.now();
  await work();
  return [performance.now() - start, (await cpuOf(child)) - cpu];
}

async function overBareLink({ links, other }: Side, length: number): Promise<void> {
  const stream = await links.open(other, { protocol: 'bench/1', lane: 'bulk' }, NEVER);
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.start(
    () => resolve(),
    () => undefined,
  );
  const chunk = new Uint8Array(MIB).fill(7);
  let left = length / MIB;
  const pushOn = (): void => {
    while (left > 0) {
      left -= 1;
      if (!stream.send([chunk])) return;
    }
  };
  stream.onDrain = pushOn;
  pushOn();
  await promise;
  stream.close();
}

async function bySend({ sends }: Side, path: string): Promise<number> {
  const { id } = sends.sends.begin({ to: ['the other'], paths: [path] });
  const start = performance.now();
  let preparedAt = 0;
  for (;;) {
    const { state, problem } = sends.sends.show(id);
    if (state !== 'preparing' && preparedAt === 0) preparedAt = performance.now();
    if (state === 'finished') return preparedAt - start;
    if (problem !== undefined) throw new LocalFault(problem.code, problem.details);
    await new Promise((resolve) => void setTimeout(resolve, LOOK_MS));
  }
}

async function makeFile(path: string, length: number): Promise<void> {
  const file = createWriteStream(path);
  const chunk = new Uint8Array(MIB);
  for (let at = 0; at < length; at += MIB) {
    crypto.getRandomValues(chunk.subarray(0, 65_536));
    if (!file.write(chunk.slice())) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

function rate(length: number, ms: number): string {
  return `${(length / 1e6 / (ms / 1_000)).toFixed(0)} MB/s`;
}

async function measureAll(length: number): Promise<void> {
  printMachine();
  const home = mkdtempSync(join(tmpdir(), 'coequal-send-'));
  try {
    const path = join(home, 'content.dat');
    await makeFile(path, length);
    for (let run = 1; run <= RUNS; run++) {
      const homes = ['sender', 'receiver'].map((name) => mkdtempSync(join(home, name)));
      const child = fork(fileURLToPath(import.meta.url), ['receive', `${length}`, homes[1] ?? '']);
      const [{ at }] = (await once(child, 'message')) as [{ at: { host: string; port: number } }];
      {
        await using side = await openSide(0, homes[0] ?? '');
        side.directory.set(side.other, at);
        const [bareMs, bareCpu] = await timed(child, () => overBareLink(side, length));
        let preparing = 0;
        const [sendMs, sendCpu] = await timed(child, async () => {
          preparing = await bySend(side, path);
        });
        console.log(
          `run ${run}: bare link ${rate(length, bareMs)} (${Math.round(bareCpu)} ms of processor); ` +
            `send ${rate(length, sendMs)} (${Math.round(sendCpu)} ms; hashing first ${Math.round(preparing)} ms), ` +
            `moving alone ${rate(length, sendMs - preparing)}: ${((bareMs / sendMs) * 100).toFixed(0)} % and ` +
            `${((bareMs / (sendMs - preparing)) * 100).toFixed(0)} % of the link`,
        );
      }
      child.disconnect();
      await once(child, 'exit');
      rmSync(homes[0] ?? home, { recursive: true });
      rmSync(homes[1] ?? home, { recursive: true });
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const [role, length, home] = process.argv.slice(2);
if (role === 'receive') await receive(home ?? '', Number(length));
else await measureAll(Number(role ?? 1_024) * MIB);
