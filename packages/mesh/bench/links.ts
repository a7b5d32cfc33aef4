/**
 * What links carry over loopback between two processes, beside the carriers that they go over: bulk one way, and 1 KiB
 * of talk there and back, idle and while bulk runs full. `node packages/mesh/bench/links.ts [MEGABYTES]`.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Endpoint, LinkStream } from '@coequal/base';
import { measure, printMachine, printMeasured } from '../../base/bench/report.ts';
import type { Carrier, MeshLinks } from '../src/index.ts';
import { keyOf, never, openBare, openLinks, startOther, transportOf } from './two-devices.ts';
import type { Kind } from './two-devices.ts';

const CHUNK = 65_536;
const PING_LENGTH = 1_024;
const PINGS = 3_000;
const [megabytes = '512', ...child] = process.argv.slice(2);
const TOTAL = Math.ceil((Number(megabytes) * 1e6) / CHUNK) * CHUNK;
const ROUNDS = 3;

type Mode = 'bare' | 'links';

interface Sender {
  send(chunk: Uint8Array): boolean;
  onDrain: (() => void) | undefined;
}

async function sendAll(to: Sender, total: number): Promise<void> {
  const chunk = new Uint8Array(CHUNK).fill(7);
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = total / CHUNK;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!to.send(chunk)) return;
    }
    resolve();
  };
  to.onDrain = more;
  more();
  await promise;
}

function senderOf(carrier: Carrier): Sender {
  const sender: Sender = { send: (chunk) => carrier.send([chunk]), onDrain: undefined };
  carrier.onDrain = () => sender.onDrain?.();
  return sender;
}

function senderTo(stream: LinkStream): Sender {
  const sender: Sender = { send: (chunk) => stream.send([chunk]), onDrain: undefined };
  stream.onDrain = () => sender.onDrain?.();
  return sender;
}

/** The other process: takes all that comes, and says when each part of TOTAL bytes is there. */
async function runFar(kind: Kind, mode: Mode): Promise<void> {
  const transport = await transportOf(kind, 'far', undefined, (at) => process.send?.(at));
  let length = 0;
  const take = (view: Uint8Array): boolean => {
    length += view.length;
    if (length < TOTAL) return false;
    length -= TOTAL;
    return true;
  };
  if (mode === 'bare') {
    await using _ = await openBare(transport, (carrier) => {
      carrier.start(
        (message) => {
          if (take(message)) carrier.send([Uint8Array.of(1)]);
        },
        () => undefined,
      );
    });
    await once(process, 'disconnect');
    return;
  }
  await using links = await openLinks(transport, 'far');
  links.accept('sink/1', (stream) => {
    stream.start(
      (view) => {
        if (take(view)) stream.send([Uint8Array.of(1)]);
      },
      () => undefined,
    );
  });
  links.accept('echo/1', (stream) => {
    stream.start(
      (view) => stream.send([view.slice()]),
      () => undefined,
    );
  });
  await once(process, 'disconnect');
}

async function withFar(
  kind: Kind,
  mode: Mode,
  work: (at: Endpoint) => Promise<void>,
): Promise<void> {
  const file = fileURLToPath(import.meta.url);
  const far = await startOther(file, megabytes, kind, mode);
  const [at] = (await once(far, 'message')) as [Endpoint];
  await work(at);
  if (far.connected) far.disconnect();
  await once(far, 'exit');
}

async function measureBare(kind: Kind): Promise<number> {
  let rate = 0;
  await withFar(kind, 'bare', async (at) => {
    const open = await transportOf(kind, 'near', at, () => undefined);
    await using transport = await openBare(open, () => undefined);
    const carrier = await transport.dial(keyOf('far'), never);
    let onDone: () => void = () => undefined;
    carrier.start(
      () => onDone(),
      () => undefined,
    );
    rate = await best(`${kind} carrier`, senderOf(carrier), (run) => (onDone = run));
    carrier.close();
  });
  return rate;
}

/** MB/s, the best of some rounds. */
async function best(
  name: string,
  sender: Sender,
  whenDone: (run: () => void) => void,
): Promise<number> {
  let rate = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    whenDone(resolve);
    const measured = await measure(name, TOTAL, async () => {
      await sendAll(sender, TOTAL);
      await promise;
    });
    printMeasured(measured);
    rate = Math.max(rate, TOTAL / 1e3 / measured.milliseconds);
  }
  return rate;
}

async function measureLinks(kind: Kind): Promise<number> {
  let rate = 0;
  await withFar(kind, 'links', async (at) => {
    const open = await transportOf(kind, 'near', at, () => undefined);
    await using links = await openLinks(open, 'near');
    const bulk = await links.open(keyOf('far'), { protocol: 'sink/1', lane: 'bulk' }, never);
    let onDone: () => void = () => undefined;
    bulk.start(
      () => onDone(),
      () => undefined,
    );
    const sender = senderTo(bulk);
    rate = await best(`${kind} links`, sender, (run) => (onDone = run));
    const talk = await openEcho(links);
    console.log(`  talk, idle: ${await pingTimes(talk)}`);
    const over = new AbortController();
    onDone = () => undefined;
    const flood = (async () => {
      while (!over.signal.aborted) await sendAll(sender, CHUNK * 64);
    })();
    console.log(`  talk while bulk runs full: ${await pingTimes(talk)}`);
    over.abort();
    await flood;
    bulk.close();
    talk.stream.close();
  });
  return rate;
}

interface Echo {
  readonly stream: LinkStream;
  ping(): Promise<void>;
}

async function openEcho(links: MeshLinks): Promise<Echo> {
  const stream = await links.open(keyOf('far'), { protocol: 'echo/1', lane: 'talk' }, never);
  let awaited = 0;
  let onBack: () => void = () => undefined;
  stream.start(
    (view) => {
      awaited -= view.length;
      if (awaited === 0) onBack();
    },
    () => undefined,
  );
  return {
    stream,
    async ping() {
      const { promise, resolve } = Promise.withResolvers<void>();
      onBack = resolve;
      awaited = PING_LENGTH;
      stream.send([new Uint8Array(PING_LENGTH)]);
      await promise;
    },
  };
}

async function pingTimes(echo: Echo): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const start = performance.now();
    await echo.ping();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(PINGS * share)] ?? 0).toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1 - 1 / PINGS)} ms of ${PINGS}`;
}

if (child.length > 0) {
  await runFar(child[0] as Kind, child[1] as Mode);
} else {
  printMachine();
  console.log(`${TOTAL / 1e6} MB each, best of ${ROUNDS}, two processes over loopback`);
  for (const kind of ['plain', 'encrypted'] as const) {
    const bare = await measureBare(kind);
    const links = await measureLinks(kind);
    console.log(`${kind}: links carry ${(links / bare).toFixed(2)} of the bare carrier`);
  }
}
