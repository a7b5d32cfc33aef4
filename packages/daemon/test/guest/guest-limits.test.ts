// The speed limit holds for guests, at the times of the schedule too, and whom it makes wait is not taken for slow.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { GUEST_LIMITS } from '../../src/guest/guest-server.ts';
import { openGuestPeer } from './guest-in-test.ts';
import type { GuestPeer } from './guest-in-test.ts';

const LENGTH = 400_000;
/** Sent before somebody is known to be over the limit: a turn or a read of each. */
const OVERDRAWN_MAX = 200_000;
const ALL_DAY = {
  scheduleIsOn: true,
  scheduleDays: [0, 1, 2, 3, 4, 5, 6] as number[],
  scheduleFrom: '00:00',
  scheduleTo: '00:00',
} as const;

function twoFiles(folder: string): readonly string[] {
  const files = join(folder, 'Two');
  mkdirSync(files);
  for (const name of ['a.bin', 'b.bin']) writeFileSync(join(files, name), Buffer.alloc(LENGTH, 7));
  return [files];
}

async function within(rate: number, moves: readonly Promise<number>[]): Promise<void> {
  const began = performance.now();
  const moved = await Promise.all(moves);
  const total = moved.reduce((sum, bytes) => sum + bytes, 0);
  const allowed = ((performance.now() - began) / 1_000) * rate + OVERDRAWN_MAX;
  assert.ok(total <= allowed, `${total} bytes, where ${Math.round(allowed)} were allowed`);
}

async function lengthOf(guest: GuestPeer, path: string): Promise<number> {
  const { status, bytes } = await guest.ask(path);
  assert.equal(status, 200);
  return bytes.length;
}

test('guests share the limit, with files by themselves and all as a ZIP', async () => {
  const rate = 2 * LENGTH;
  const flags = { uploadMax: rate };
  await using guest = await openGuestPeer({}, twoFiles, { flags });
  const paths = ['f/0/a.bin', 'f/1/b.bin', 'zip/Two.zip'];
  await within(
    rate,
    paths.map((path) => lengthOf(guest, path)),
  );
});

test('the limits of the schedule hold for guests, in both directions', async () => {
  const rate = LENGTH;
  const flags = { ...ALL_DAY, scheduleUploadMax: rate, scheduleDownloadMax: rate };
  await using guest = await openGuestPeer({ mayUpload: true }, twoFiles, { flags });
  await within(rate, [lengthOf(guest, 'f/0/a.bin'), lengthOf(guest, 'f/1/b.bin')]);
  const put = async (name: string): Promise<number> => {
    const body = Buffer.alloc(LENGTH, 9);
    assert.equal((await guest.ask(`up/${name}`, { method: 'PUT', body })).status, 201);
    return LENGTH;
  };
  await within(rate, [put('c.bin'), put('d.bin')]);
});

test('an upload that the limit holds back is not taken for one that stalls', async () => {
  const guestLimits = { ...GUEST_LIMITS, stallMs: 300 };
  const flags = { downloadMax: 100_000 };
  await using guest = await openGuestPeer({ mayUpload: true }, twoFiles, { guestLimits, flags });
  const body = Buffer.alloc(200_000, 5);
  assert.equal((await guest.ask('up/e.bin', { method: 'PUT', body })).status, 201);
  const { uploadDirectory = '' } = await guest.now();
  assert.deepEqual(readdirSync(uploadDirectory), ['e.bin']);
  assert.ok(readFileSync(join(uploadDirectory, 'e.bin')).equals(body));
});

test('who waits for the limit can be stopped, and leaves nothing open', async () => {
  await using guest = await openGuestPeer({}, twoFiles, { flags: { uploadMax: 1_000 } });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: guest.port, path: `${guest.at}f/0/a.bin`, agent: false }, resolve).on(
      'error',
      reject,
    );
  });
  assert.equal(response.statusCode, 200);
  const [transfer] = (await guest.now()).transfers;
  assert.equal(transfer?.state, 'running');
  const params = { id: guest.link.id, transfer: transfer.id };
  await guest.opened.client.call('stopGuestTransfer', { params });
  await assert.rejects(async () => {
    for await (const _chunk of response);
  });
  assert.deepEqual(
    (await guest.now()).transfers.map(({ state }) => state),
    ['stopped'],
  );
});
