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
/** With its frame. */
const CHALLENGE_LENGTH = 53;
const INVITE = { protocol: 'invite/1', lane: 'talk' } as const;
const PEOPLE = { protocol: 'people/1', lane: 'talk' } as const;

interface Stranger {
  readonly links: PlainLinks;
  heardBytes: number;
  closed: number;
}

/** With keys of their own, as many as they like. */
async function stranger(village: Village, number: number): Promise<Stranger> {
  const host = village.world.host(`stranger ${number}`);
  const key = keyOf(100 + (number % 100), Math.floor(number / 100));
  const opening = PlainLinks.open(key, host.address, village.directory, host.ports.net, NEVER);
  return { links: await village.world.run(() => opening, MINUTE), heardBytes: 0, closed: 0 };
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
        (view) => (by.heardBytes += view.length),
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

/** Of one who does not know the secret. */
const JOIN = encodeFrame(
  encodeInviteMessage({
    type: 'join',
    proof: new Uint8Array(32),
    name: 'Mallory',
    list: new Uint8Array(200),
  }),
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
  // beyond the limit there is no answer
  assert.ok(mallory.heardBytes > 0 && mallory.heardBytes <= 20 * CHALLENGE_LENGTH);
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
  for (const second of [JOIN, start, Uint8Array.of(255, 255, 255, 255), new Uint8Array(30_000)]) {
    const before = mallory.closed;
    await knock(anna, mallory, anna, Buffer.concat([start, second]));
    await village.world.run(() => mallory.closed > before, MINUTE);
  }
  assert.equal(anna.people.contacts().length, 0);
  assert.equal(anna.people.invitations()[0]?.state, 'open');
  await mallory.links[Symbol.asyncDispose]();
  assert.deepEqual(anna.failures, []);
});

test('an id tells nobody whether there is such an invitation, or what became of it', async () => {
  const village = new Village({ seed: 5 });
  await using _ = village;
  const anna = await village.add('Anna');
  const ben = await village.add('Ben');
  const used = anna.people.invite();
  ben.people.accept(used.link);
  await village.world.run(() => anna.knows(ben) && ben.knows(anna), MINUTE);
  const revoked = anna.people.invite();
  anna.people.revoke(revoked.id);
  const open = anna.people.invite();
  const seen = new Map<string, string>();
  for (const [number, id] of [used.id, revoked.id, open.id, 'ab'.repeat(8)].entries()) {
    const mallory = await stranger(village, number);
    const nonce = new Uint8Array(16);
    const asked = encodeFrame(
      encodeInviteMessage({ type: 'hello', id: Buffer.from(id, 'hex'), nonce }),
    );
    const stream = await knock(anna, mallory, anna, asked);
    await village.world.run(() => mallory.heardBytes >= CHALLENGE_LENGTH, MINUTE);
    stream?.send([JOIN]);
    await village.world.run(() => mallory.closed > 0, MINUTE);
    seen.set(id, `${mallory.heardBytes} ${mallory.closed}`);
    await mallory.links[Symbol.asyncDispose]();
  }
  assert.deepEqual(
    [...new Set(seen.values())],
    [`${CHALLENGE_LENGTH} 1`],
    'a challenge, and the end',
  );
  assert.deepEqual(anna.failures, []);
});

test('by a link that was taken back dozens come, hear so, and keep nobody out', async () => {
  const village = new Village({ seed: 6 });
  await using _ = village;
  const anna = await village.add('Anna');
  const leaked = anna.people.invite({ uses: 100 });
  anna.people.revoke(leaked.id);
  const crowd: Villager[] = [];
  for (let number = 0; number < 40; number++) crowd.push(await village.add(`Crowd ${number}`));
  const ben = await village.add('Ben');
  const { link } = anna.people.invite();
  for (const { people } of crowd) people.accept(leaked.link);
  ben.people.accept(link);
  await village.world.run(() => anna.knows(ben) && ben.knows(anna), 5 * MINUTE);
  const told = ({ people }: Villager): boolean =>
    people.acceptances()[0]?.problem === 'INVITATION_REVOKED';
  await village.world.run(() => crowd.every(told), 30 * MINUTE);
  assert.equal(anna.people.contacts().length, 1);
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
