import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickContact } from '../../src/people/pick-contact.ts';
import { fault } from '../faults.ts';

const ANNA = { person: `aa11${'0'.repeat(60)}`, ownName: 'Anna', givenName: 'Sister' };
const BEN = { person: `aa11${'1'.repeat(60)}`, ownName: 'Ben' };
const OTHER_BEN = { person: 'f'.repeat(64), ownName: 'Benjamin', givenName: 'ben' };
/** Whose name is the beginning of a key. */
const FFFF = { person: 'e'.repeat(64), ownName: 'ffff' };
const ALL = [ANNA, BEN, FFFF];

void test('a contact is meant by name, whatever its letters, by key, or the beginning of one', () => {
  for (const text of ['Sister', ' sister ', 'ANNA', ANNA.person, 'AA110', ANNA.person.slice(0, 9)])
    assert.equal(pickContact(ALL, text), ANNA, text);
  assert.equal(pickContact([...ALL, OTHER_BEN], 'ffff'), FFFF);
  assert.equal(pickContact([...ALL, OTHER_BEN], 'benjamin'), OTHER_BEN);
});

void test('nobody, or more than one, is refused', () => {
  for (const text of ['', 'Cleo', 'aa1', 'An'])
    assert.throws(() => pickContact(ALL, text), fault('NO_SUCH_CONTACT', { contact: text }));
  for (const text of ['aa11', 'ben'])
    assert.throws(
      () => pickContact([...ALL, OTHER_BEN], text),
      fault('CONTACT_AMBIGUOUS', { contact: text }),
    );
});
