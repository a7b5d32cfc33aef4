// Strangers and contacts who mean ill: what they can make a peer do is bounded, and an honest newcomer still gets in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkStream } from '@coequal/base';
import { PlainLinks } from '@coequal/simulator';
import { encodeFrame } from '../../../src/core/frame-buffer.ts';
import { encodeInviteMessage } from '../../../src/core/invite/invite-wire.ts';
import { parseInvitation } from '../../../src/core/invite/invitation-link.ts';
import { keyOf, NEVER, Village } from './village.ts';
import type { Villager } from './village.ts';

const MINUTE = 60_000;
const INVITE = { protocol: 'invite/1', lane: 'talk' } as const;
const PEOPLE = { protocol: 'people/1', lane: 'talk' } as const;

interface Stranger {
  readonly links: PlainLinks;
  readonly heard: number[];
  closed: number;
}

/** With keys of their own, as many as they like. */
async function stranger(village: Village, number: number): Promise<Stranger> {
  const host = village.world.host(`stranger ${number}`);
  const key = keyOf(100 + (number % 100), Math.floor(number / 100));
  const opening = PlainLinks.open(key, host.address, village.directory, host.ports.net, NEVER);
  return { links: await village.world.run(() => opening, MINUTE), heard: [], closed: 0 };
}

async function knock(
  { village }: Villager,
  by: Stranger,
  at: Villager,
  bytes: Uint8Array,
): Promise<LinkStream | undefined> {
  return await village.world.run(async () => {
    try {
      const stream = await by.links.open(at.device, INVITE, NEVER);
      stream.start(
        (view) => by.heard.push(view.length),
        () => (by.closed += 1),
      );
      stream.send([bytes]);
      return stream;
    } catch {
      return undefined; // refused: that is what it is about
    }
  }, MINUTE);
}

const hello = (): Uint8Array =>
  encodeFrame(
    encodeInviteMessage({ type: 'hello', id: new Uint8Array(8), nonce: new Uint8Array(16) }),
  );

test('a thousand guesses of one stranger are cut off after a few, and a friend gets in meanwhile', async () => {
  const village = new Village({ seed: 1 });
  await using _ = village;
  const anna = await village.add('Anna');
  const ben = await village.add('Ben');
  const { link } = anna.people.invite();
  const mallory = await stranger(village, 1);
  for (let count = 0; count < 60; count++) await knock(anna, mallory, anna, hello());
  await village.world.pass(MINUTE);
  // each answer is a refusal of six bytes; beyond the limit there is none
  assert.ok(mallory.heard.length <= 20, `${mallory.heard.length}`);
  ben.people.accept(link);
  await village.world.run(() => anna.knows(ben), 5 * MINUTE);
  await mallory.links[Symbol.asyncDispose]();
  assert.deepEqual(anna.failures, []);
});

test('strangers who say nothing hold no more than a few places, and not for long', async () => {
  const village = new Village({ seed: 2 });
  await using _ = village;
  const anna = await village.add('Anna');
  const ben = await village.add('Ben');
  const { link } = anna.people.invite();
  const crowd: Stranger[] = [];
  let refused = 0;
  for (let count = 0; count < 20; count++) {
    const one = await stranger(village, count);
    crowd.push(one);
    if ((await knock(anna, one, anna, new Uint8Array(0))) === undefined) refused += 1;
  }
  assert.equal(refused, 4, 'there are sixteen places');
  const closed = (): number => crowd.filter((each) => each.closed > 0).length;
  assert.equal(closed(), 0);
  await village.world.run(() => closed() === 16, MINUTE);
  ben.people.accept(link);
  await village.world.run(() => anna.knows(ben), 5 * MINUTE);
  for (const { links } of crowd) await links[Symbol.asyncDispose]();
  assert.deepEqual(anna.failures, []);
});

test('who knows the way and not the secret gets no further, whatever is sent', async () => {
  const village = new Village({ seed: 3 });
  await using _ = village;
  const anna = await village.add('Anna');
  const { link, id } = anna.people.invite();
  assert.ok(parseInvitation(link).secret.length === 16);
  const mallory = await stranger(village, 1);
  const known = Buffer.from(id, 'hex');
  const start = encodeFrame(
    encodeInviteMessage({ type: 'hello', id: known, nonce: new Uint8Array(16) }),
  );
  const join = encodeFrame(
    encodeInviteMessage({
      type: 'join',
      proof: new Uint8Array(32),
      name: 'Mallory',
      list: new Uint8Array(200),
    }),
  );
  for (const second of [join, start, Uint8Array.of(255, 255, 255, 255), new Uint8Array(30_000)]) {
    const before = mallory.closed;
    await knock(anna, mallory, anna, Buffer.concat([start, second]));
    await village.world.run(() => mallory.closed > before, MINUTE);
  }
  assert.equal(anna.people.contacts().length, 0);
  assert.equal(anna.people.invitations()[0]?.state, 'open');
  await mallory.links[Symbol.asyncDispose]();
  assert.deepEqual(anna.failures, []);
});

test('a stranger is told nothing over people/1', async () => {
  const village = new Village({ seed: 4 });
  await using _ = village;
  const anna = await village.add('Anna');
  const mallory = await stranger(village, 1);
  const opening = mallory.links.open(anna.device, PEOPLE, NEVER);
  await assert.rejects(
    village.world.run(() => opening, MINUTE),
    { code: 'PROTOCOL_REFUSED' },
  );
  await mallory.links[Symbol.asyncDispose]();
});
