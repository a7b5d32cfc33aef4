/**
 * How long what own devices share holds the event loop: the first digests, in slices, and what each meeting asks of a
 * book that has them. Of each turn the least of several rounds counts, and what it took when nothing was compiled yet. `node packages/mesh/bench/own-book.ts [CONTACTS] [REMOVED] [INVITATIONS]`.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClock, openEd25519, openRandom } from '@coequal/base/node';
import { printMachine } from '../../base/bench/report.ts';
import { encodeDeviceList } from '../src/core/identity/device-list.ts';
import { openMeshStore } from '../src/io/mesh-store.ts';
import { OwnBook } from '../src/io/own/own-book.ts';
import { ContactBook } from '../src/io/people/contact-book.ts';
import { InvitationBook } from '../src/io/people/invitation-book.ts';
import { invitationFor } from '../src/io/people/new-invitation.ts';
import { personKeyOf } from '../src/core/identity/person-key.ts';
import { deviceOf } from '../test/core/identity/device-lists.ts';
import type { Signer } from '../test/core/identity/device-lists.ts';
import { stampsOf } from '../test/io/people/stamps.ts';

const [contacts = 1_000, removed = 200, invitations = 20] = process.argv.slice(2).map(Number);
const ROUNDS = 7;
const folder = mkdtempSync(join(tmpdir(), 'coequal-own-book-'));
const ed25519 = openEd25519();
const ports = { clock: openClock(), random: openRandom() };

/** Any number of them. */
function signerOf(number: number): Signer {
  const secret = createHash('sha256').update(`bench ${number}`).digest();
  return {
    person: personKeyOf(ed25519.publicKey(secret)),
    sign: (message) => ed25519.sign(secret, message),
  };
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const database = openMeshStore(join(folder, 'mesh.sqlite'));
const stamps = stampsOf(database);
const book = new ContactBook(database, ed25519, stamps);
const invited = new InvitationBook(database);
const me: Signer = signerOf(1);
database.transaction(() => {
  for (let number = 0; number < contacts + removed; number++) {
    const { person, sign } = signerOf(number + 2);
    const device = deviceOf(number + 2);
    const devices = [{ key: device, name: 'Laptop', addedAt: 1 }];
    const list = { person, number: 1, devices, revoked: [], signedAt: 1 };
    const introduction = { list, encodedList: encodeDeviceList(list, sign), name: `No. ${number}` };
    book.arrive({ introduction, speaker: device, at: 2, isOwnWish: false });
  }
});
const whole = new ContactBook(database, ed25519, stamps);
for (let number = contacts; number < contacts + removed; number++)
  whole.remove(signerOf(number + 2).person, 3);
for (let number = 0; number < invitations; number++) {
  const passesUntil = (): readonly [] => [];
  const devices = [deviceOf(1)];
  const inviter = { person: me.person, devices, name: 'Me', addresses: [], passesUntil };
  const made = invitationFor(inviter, { uses: 3 }, ports);
  invited.add(made, made.createdAt);
}
printMachine();
console.log(`${contacts} contacts, ${removed} removed ones, ${invitations} invitations`);
function openBook(): OwnBook {
  return new OwnBook({
    database,
    contacts: whole,
    invitations: invited,
    stamps,
    ed25519,
    person: me.person,
    epochNow: () => ports.clock.epochNow(),
  });
}

/** What each turn of a round takes, by what is done in it. */
function turnsOf(own: OwnBook): ReadonlyMap<string, readonly number[]> {
  const slices: number[] = [];
  const state = { isMore: true };
  while (state.isMore)
    slices.push(
      timed(() => {
        state.isMore = own.digestSome();
      }),
    );
  return new Map([
    ['a slice of digests', slices],
    ['the first summary', [timed(() => own.summary())]],
    ['the next summary', [timed(() => own.summary())]],
    ['after something came', [timed(() => own.refresh())]],
  ]);
}

const rounds = Array.from({ length: ROUNDS }, () => turnsOf(openBook()));
const once = Array.from({ length: ROUNDS }, () => timed(() => openBook().summary()));
console.log(`all digests in one go: ${Math.min(...once).toFixed(2)} ms`);
for (const name of rounds[0]?.keys() ?? []) {
  const of = rounds.map((round) => round.get(name) ?? []);
  const [first = []] = of;
  // the same work each time: what took longer was another program's doing
  const least = first.map((_, at) => Math.min(...of.map((round) => round[at] ?? Infinity)));
  const longest = [first, least].map((turns) => Math.max(...turns).toFixed(2));
  const label = `${name} (${first.length})`;
  console.log(`${label.padEnd(28)} longest ${longest[1]} ms, when new ${longest[0]} ms`);
}
database[Symbol.dispose]();
rmSync(folder, { recursive: true });
