// What two static keys come to is computed once; nothing else of a handshake is kept.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { KeyPair, NoiseHandshake } from '@hyperswarm/secret-stream';
import type { OwnKeys } from '../../src/index.ts';
import { StaticKeys } from '../../src/io/transport/static-keys.ts';
import { dialChannel } from '../../src/io/transport/tcp-dial.ts';
import { TcpDoor } from '../../src/io/transport/tcp-door.ts';
import { clock, makeKeys, net, never } from './devices.ts';

const OWN = new StaticKeys(new Uint8Array(32).fill(1), new Uint8Array(64).fill(1));
const EPHEMERAL: KeyPair = { publicKey: randomBytes(32), secretKey: randomBytes(64) };

/** What was multiplied, by the first bytes of both keys. */
class Counted {
  readonly done: string[] = [];

  handshake(rs: Uint8Array | null, s: KeyPair = OWN): NoiseHandshake {
    const dh = (publicKey: Uint8Array, { secretKey }: KeyPair): Uint8Array => {
      this.done.push(`${publicKey[0]} ${secretKey[0]}`);
      return Uint8Array.of(publicKey[0] ?? 0, secretKey[0] ?? 0);
    };
    return { curve: { dh }, s, rs };
  }
}

function numbered(number: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint16(0, number);
  return key;
}

test('the product of both static keys is computed once for each other device', () => {
  const keys = new StaticKeys(OWN.publicKey, OWN.secretKey);
  const counted = new Counted();
  for (const first of [7, 8, 7, 7]) {
    const rs = new Uint8Array(32).fill(first);
    const noise = counted.handshake(rs, keys);
    keys.speedUp(noise);
    assert.deepEqual(noise.curve.dh(rs, keys), Uint8Array.of(first, 1));
  }
  assert.deepEqual(counted.done, ['7 1', '8 1']);
});

test('products with a key of one connection alone are computed each time', () => {
  const keys = new StaticKeys(OWN.publicKey, OWN.secretKey);
  const counted = new Counted();
  const rs = new Uint8Array(32).fill(7);
  const noise = counted.handshake(rs, keys);
  keys.speedUp(noise);
  for (let i = 0; i < 2; i++) {
    noise.curve.dh(rs, EPHEMERAL);
    noise.curve.dh(rs.slice(), keys); // the other side could send its static key as the one of the connection
  }
  assert.equal(counted.done.length, 4);
});

test('so many are kept, and those that were used last', () => {
  const keys = new StaticKeys(OWN.publicKey, OWN.secretKey);
  const counted = new Counted();
  const multiply = (number: number): boolean => {
    const rs = numbered(number);
    const noise = counted.handshake(rs, keys);
    keys.speedUp(noise);
    const before = counted.done.length;
    noise.curve.dh(rs, keys);
    return counted.done.length > before;
  };
  for (let i = 0; i < 1_024; i++) assert.equal(multiply(i), true);
  assert.equal(multiply(0), false);
  assert.equal(multiply(1_024), true); // number 1 gives way
  assert.equal(multiply(0), false);
  assert.equal(multiply(1), true);
});

test('a handshake of other keys is none of their business', () => {
  assert.throws(() => OWN.speedUp(new Counted().handshake(null, EPHEMERAL)), /other keys/);
});

/** Counts what is really multiplied. */
class CountedKeys extends StaticKeys {
  count = 0;

  override speedUp(noise: NoiseHandshake): void {
    const { curve } = noise;
    const dh: typeof curve.dh = (publicKey, keyPair) => {
      this.count += 1;
      return curve.dh(publicKey, keyPair);
    };
    noise.curve = Object.create(curve, { dh: { value: dh } }) as typeof curve;
    super.speedUp(noise);
  }
}

test('from the second connection on, both sides multiply three times and not four', async () => {
  const [near, far] = [counted(), counted()];
  await using door = await TcpDoor.open(
    { at: [{ host: '127.0.0.1', port: 0 }], keys: far, net, clock },
    never,
  );
  const [at] = door.locals;
  assert.ok(at);
  door.serve(['link'], {
    admits: () => true,
    onChannel: (channel) => channel.start((message) => channel.send([message]), ignore),
  });
  const counts: number[][] = [];
  for (let i = 0; i < 3; i++) {
    [near.pair.count, far.pair.count] = [0, 0];
    const dialling = { keys: near, net, clock };
    const channel = await dialChannel(far.device, at, { type: 'link' }, dialling, never);
    const echo = await new Promise<Uint8Array>((resolve) => {
      channel.start((message) => resolve(message.slice()), ignore);
      channel.send([Uint8Array.of(i)]);
    });
    assert.deepEqual([...echo], [i]);
    channel.close();
    counts.push([near.pair.count, far.pair.count]);
  }
  assert.deepEqual(counts, [
    [4, 4],
    [3, 3],
    [3, 3],
  ]);
});

function counted(): OwnKeys & { readonly pair: CountedKeys } {
  const keys = makeKeys();
  return { ...keys, pair: new CountedKeys(keys.pair.publicKey, keys.pair.secretKey) };
}

const ignore = (): void => undefined;
