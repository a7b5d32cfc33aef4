/**
 * 1 GiB handed over by `send` over a loopback link, from the first read of the file to the last verified byte, against
 * what the bare link carries in the same run: `node packages/daemon/bench/send.ts [MiB] [mesh | plain]`. Both sides are
 * processes of their own, as two peers on one computer are. `mesh`: the links of @coequal/mesh over TCP, encrypted;
 * `plain`: those of tests, which are bare TCP connections.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalFault } from '@coequal/base';
import type { DeviceKey, Endpoint, Links, Ports } from '@coequal/base';
import { openEd25519, openPorts } from '@coequal/base/node';
import { Mesh, ownKeysOf } from '@coequal/mesh';
import { PlainLinks } from '@coequal/simulator';
import { printMachine } from '../../base/bench/report.ts';
import type { SendContacts } from '../src/sends/contacts.ts';
import { markOrigin } from '../src/mark-origin.ts';
import { Sends } from '../src/sends/sends.ts';
import { openStore } from '../src/store/store.ts';

const MIB = 1024 * 1024;
const NEVER = new AbortController().signal;
const RUNS = 3;
const KINDS = ['mesh', 'plain'] as const;
type Kind = (typeof KINDS)[number];
const KEYS = [1, 2].map((n) => ownKeysOf(new Uint8Array(32).fill(n), openEd25519()));
const LOOK_MS = 20;
const WARM_LENGTH = 8 * MIB;

interface Side extends AsyncDisposable {
  readonly links: Links;
  readonly sends: Sends;
  readonly at: Endpoint | undefined;
  readonly other: DeviceKey;
}

interface OpenLinks extends AsyncDisposable {
  readonly links: Links;
  readonly at: Endpoint | undefined;
}

/** `otherAt`: where the other side listens. */
async function openLinks(
  kind: Kind,
  [own, other]: readonly [(typeof KEYS)[number], DeviceKey],
  ports: Ports,
  otherAt: Endpoint | undefined,
): Promise<OpenLinks> {
  if (kind === 'plain') {
    const directory = new Map(otherAt === undefined ? [] : [[other, otherAt]]);
    const links = await PlainLinks.open(own.device, '127.0.0.1', directory, ports.net, NEVER);
    const at = directory.get(own.device);
    return { links, at, [Symbol.asyncDispose]: () => links[Symbol.asyncDispose]() };
  }
  const mesh = await Mesh.open(
    {
      keys: own,
      admission: { levelOf: () => 'contact' },
      book: {
        addressesOf: () =>
          otherAt === undefined ? [] : [{ ...otherAt, kind: 'tcp', source: 'manual' }],
      },
      helpers: { ownHelpers: () => [], helpersOf: () => [] },
      hosts: ['127.0.0.1'],
      port: 0,
      isNear: () => true,
      mayReach: () => true,
    },
    ports,
    (error) => {
      throw error;
    },
    NEVER,
  );
  const at = { host: '127.0.0.1', port: mesh.port };
  return { links: mesh.links, at, [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose]() };
}

async function openSide(
  number: 0 | 1,
  home: string,
  kind: Kind,
  otherAt: Endpoint | undefined,
): Promise<Side> {
  const [keys, others] = number === 0 ? KEYS : KEYS.toReversed();
  if (keys === undefined || others === undefined) throw new Error('there are two');
  const own = keys.device;
  const other = others.device;
  await using resources = new AsyncDisposableStack();
  const ports = resources.use(openPorts());
  const store = resources.use(openStore(join(home, 'daemon.sqlite')));
  const { links, at } = resources.use(await openLinks(kind, [keys, other], ports, otherAt));
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
        markOrigin: async (received) => await markOrigin(received, ports.clock.epochNow()),
        tell: () => undefined,
        onChange: () => undefined,
        onBug: (error) => {
          throw error;
        },
      },
      NEVER,
    ),
  );
  const opened = resources.move();
  return { links, sends, at, other, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Who receives: counts what comes over the bare link, and accepts what is offered. */
async function receive(home: string, length: number, kind: Kind): Promise<void> {
  await using side = await openSide(1, home, kind, undefined);
  side.sends.inbox.putRule(side.other, { sizeMax: length });
  for (const [protocol, bytes] of [
    ['bench/warm', WARM_LENGTH],
    ['bench/full', length],
  ] as const)
    side.links.accept(protocol, (stream) => {
      let left = bytes;
      stream.start(
        (view) => {
          left -= view.length;
          if (left <= 0) stream.send([new Uint8Array(1)]);
        },
        () => undefined,
      );
    });
  process.send?.({ at: side.at });
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
  const protocol = length === WARM_LENGTH ? 'bench/warm' : 'bench/full';
  const stream = await links.open(other, { protocol, lane: 'bulk' }, NEVER);
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

async function measureAll(length: number, kind: Kind): Promise<void> {
  printMachine();
  console.log(`${length / MIB} MiB over ${kind} links`);
  const home = mkdtempSync(join(tmpdir(), 'coequal-send-'));
  try {
    const path = join(home, 'content.dat');
    await makeFile(path, length);
    for (let run = 1; run <= RUNS; run++) {
      const homes = ['sender', 'receiver'].map((name) => mkdtempSync(join(home, name)));
      const child = fork(fileURLToPath(import.meta.url), [
        'receive',
        `${length}`,
        kind,
        homes[1] ?? '',
      ]);
      const [{ at }] = (await once(child, 'message')) as [{ at: { host: string; port: number } }];
      {
        await using side = await openSide(0, homes[0] ?? '', kind, at);
        await overBareLink(side, WARM_LENGTH); // both know the way, and have run their code once
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

const [role, ...rest] = process.argv.slice(2);
const [length, kindGiven, home] = role === 'receive' ? rest : [role, ...rest];
const kind = KINDS.find((each) => each === kindGiven) ?? 'mesh';
if (role === 'receive') await receive(home ?? '', Number(length), kind);
else await measureAll(Number(length ?? 1_024) * MIB, kind);
