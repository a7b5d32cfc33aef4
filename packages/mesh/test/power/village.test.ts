// The power goes at one of several people who become contacts: whatever they, or another, were told is there.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Database } from '@coequal/base/database';
import { cutsOf, PowerFolder } from '../../../simulator/test/power/cuts.ts';
import { record, whyNotTraced } from '../../../simulator/test/power/trace.ts';
import { parsePersonKey } from '../../src/core/identity/person-key.ts';
import { openMeshStore } from '../../src/io/mesh-store.ts';
import { ContactBook } from '../../src/io/people/contact-book.ts';
import { InvitationBook } from '../../src/io/people/invitation-book.ts';
import { signerOf } from '../core/identity/device-lists.ts';
import { ed25519 } from '../core/identity/device-lists.ts';
import { stampsOf } from '../io/people/stamps.ts';
import type { Said } from './village-writer.ts';

const WRITER = fileURLToPath(new URL('./village-writer.ts', import.meta.url));
const IS_LONG = process.env['COEQUAL_LONG'] === '1';
const SEEDS = IS_LONG ? 20 : 1;
/** Of each seed. */
const CUTS = IS_LONG ? 2_000 : 200;
const VILLAGERS = [1, 2, 3];
/** Of each of them, and of a second device of the first. */
const FILES = ['1', '2', '3', '1-1'];
/** Before all of it. */
const NOW = 0;

interface Books {
  readonly contacts: ContactBook;
  readonly invitations: InvitationBook;
}

function booksOf(database: Database): Books {
  const contacts = new ContactBook(database, ed25519, stampsOf(database));
  return { contacts, invitations: new InvitationBook(database) };
}

/** In one transaction a contact comes and an invitation is used. */
function assertWhole({ contacts, invitations }: Books, removed: ReadonlySet<string>, name: string) {
  for (const { usedBy } of invitations.all(NOW))
    for (const { person } of usedBy)
      assert.ok(contacts.get(person) !== undefined || removed.has(person), name);
  for (const { state, person } of invitations.acceptances())
    if (state === 'done' && person !== undefined)
      assert.ok(contacts.get(person) !== undefined || removed.has(person), name);
}

/** What one has of another is what the other was told, or may have been. */
function assertKnown(
  mine: Books,
  theirs: Books,
  { me, them }: { readonly me: string; readonly them: string },
  name: string,
): void {
  // they were let in by me, and know it
  for (const { id, person, state } of theirs.invitations.acceptances()) {
    if (state !== 'done' || person !== me) continue;
    const used = mine.invitations.get(id, NOW)?.usedBy ?? [];
    assert.ok(
      used.some((use) => use.person === them),
      `${name}: a guest who is forgotten`,
    );
  }
  // I was let in by them, and told them that I know it
  for (const { id, usedBy } of theirs.invitations.all(NOW)) {
    if (!usedBy.some(({ person, isConfirmed }) => person === me && isConfirmed)) continue;
    assert.equal(mine.invitations.acceptance(id)?.state, 'done', `${name}: a host is forgotten`);
  }
}

function assertSaid(
  { contacts, invitations }: Books,
  said: readonly Said[],
  gone: ReadonlySet<string>,
  name: string,
): void {
  for (const each of said) {
    const what = `${name}: ${each.what} ${each.id}`;
    switch (each.what) {
      case 'invitation':
        assert.ok(invitations.get(each.id, NOW) !== undefined, what);
        break;
      case 'revoked':
        assert.equal(invitations.get(each.id, NOW)?.state, 'revoked', what);
        break;
      case 'contact':
        assert.ok(contacts.get(parsePersonKey(each.id)) !== undefined || gone.has(each.id), what);
        break;
      case 'noted':
        assert.equal(contacts.get(parsePersonKey(each.id))?.note, 'owes me a boat', what);
        break;
      case 'blocked':
        assert.equal(contacts.get(parsePersonKey(each.id))?.trust, 'blocked', what);
        break;
      case 'removed':
        assert.equal(contacts.get(parsePersonKey(each.id)), undefined, what);
    }
  }
}

describe('when the power goes', { skip: whyNotTraced() }, () => {
  test('no contact is lost, no removal undone, and no guest forgotten who was let in', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      using folder = new PowerFolder();
      const steps = await record(folder.home, WRITER, [`${seed}`], { TMPDIR: folder.home });
      const [village = ''] = readdirSync(folder.home);
      assert.ok(existsSync(join(folder.home, village, '1-1.sqlite')));
      const all = steps.flatMap((step) =>
        step.type === 'said' ? [JSON.parse(step.line) as Said] : [],
      );
      assert.ok(all.length > 10);
      for (const cut of cutsOf(steps, { seed: `village ${seed}`, count: CUTS })) {
        folder.losePower(cut, join(folder.home, village));
        for (const file of FILES) {
          const name = `${cut.name}, villager ${file}`;
          const path = join(folder.after, `${file}.sqlite`);
          using database = openMeshStore(path);
          assert.equal(database.get('PRAGMA integrity_check')?.['integrity_check'], 'ok', name);
          assert.deepEqual(database.all('PRAGMA foreign_key_check'), [], name);
          const mine = booksOf(database);
          const isMine = ({ of }: Said): boolean => of === file;
          const said = all.slice(0, cut.said.length).filter(isMine);
          // a removal that is about to be acknowledged may be there, too
          const next = all.slice(cut.said.length).find(isMine);
          const isRemoval = ({ what }: Said): boolean => what === 'removed';
          const gone = [...said, ...(next === undefined ? [] : [next])].filter(isRemoval);
          const goneOnes = new Set(gone.map(({ id }) => id));
          assertWhole(mine, goneOnes, name);
          assertSaid(mine, said, goneOnes, name);
          const me = VILLAGERS.find((each) => `${each}` === file);
          for (const them of VILLAGERS) {
            if (me === undefined || them === me) continue;
            using other = openMeshStore(join(folder.before, `${them}.sqlite`));
            const who = { me: signerOf(me).person, them: signerOf(them).person };
            assertKnown(mine, booksOf(other), who, name);
          }
        }
      }
    }
  });
});
