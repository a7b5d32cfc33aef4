/** What one connection carries over loopback, from a process that sends to one that receives. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Conn, Endpoint } from '../src/index.ts';
import { openNet } from '../src/node/net.ts';
import { measure, printMachine, printMeasured } from './report.ts';

const TOTAL = 4_000_000_000;
const never = new AbortController().signal;
const net = openNet();

interface Batch {
  readonly name: string;
  /** What one `send` is given. */
  readonly chunks: readonly Uint8Array[];
}

function batches(): Batch[] {
  const blocks = new Uint8Array(1_048_576).fill(7);
  const headers = new Uint8Array(13 * 16);
  const served: Uint8Array[] = [];
  for (let i = 0; i < 16; i++) {
    served.push(headers.subarray(i * 13, i * 13 + 13));
    served.push(blocks.subarray(i * 16_384, (i + 1) * 16_384));
  }
  return [
    { name: '1 MiB chunks', chunks: [blocks] },
    { name: '16 blocks of 16 KiB, each with a header of 13 bytes', chunks: served },
  ];
}

async function sendAll(conn: Conn, { chunks }: Batch): Promise<void> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const done = Promise.withResolvers<void>();
  let left = Math.ceil(TOTAL / length);
  const pushOn = (): void => {
    while (left > 0) {
      left -= 1;
      if (!conn.send(chunks, left === 0 ? done.resolve : undefined)) return;
    }
  };
  conn.onDrain = pushOn;
  pushOn();
  await done.promise;
}

/** The sender's process: dials once for each batch, and closes when it has sent all. */
async function send(to: Endpoint): Promise<void> {
  for (const batch of batches()) {
    const conn = await net.dial(to, never);
    const closed = Promise.withResolvers<void>();
    conn.start(
      () => {},
      () => closed.resolve(),
    );
    const measured = await measure(`send ${batch.name}`, TOTAL, () => sendAll(conn, batch));
    await closed.promise;
    printMeasured(measured);
  }
}

async function receive(): Promise<void> {
  printMachine();
  console.log(`${TOTAL / 1e9} GB over one loopback connection between two processes`);
  const names = batches();
  let onConn: (conn: Conn) => void = () => {};
  await using listener = await net.listen(
    { host: '127.0.0.1', port: 0 },
    (conn) => onConn(conn),
    never,
  );
  const child = fork(fileURLToPath(import.meta.url), [String(listener.local.port)]);
  const exited = once(child, 'exit');
  for (const { name, chunks } of names) {
    const { promise, resolve } = Promise.withResolvers<Conn>();
    onConn = resolve;
    const conn = await promise;
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const total = Math.ceil(TOTAL / length) * length;
    let received = 0;
    let views = 0;
    const measured = await measure(`receive ${name}`, total, async () => {
      const done = Promise.withResolvers<void>();
      const onBytes = (view: Uint8Array): void => {
        received += view.length;
        views += 1;
        if (received >= total) done.resolve();
      };
      conn.start(onBytes, () => done.resolve());
      await done.promise;
    });
    printMeasured(measured);
    console.log(`  ${(received / views / 1024).toFixed(0)} KiB a view`);
    conn.close();
  }
  await exited;
}

const port = process.argv[2];
await (port === undefined ? receive() : send({ host: '127.0.0.1', port: Number(port) }));
