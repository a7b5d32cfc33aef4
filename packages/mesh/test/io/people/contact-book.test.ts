import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Database } from '@coequal/base/database';
import type { HelperPlace } from '../../../src/core/contacts/helper-places.ts';
import { openMeshStore } from '../../../src/io/mesh-store.ts';
import { AddressStore } from '../../../src/io/people/address-store.ts';
import { ContactBook } from '../../../src/io/people/contact-book.ts';
import { HelperStore } from '../../../src/io/people/helper-store.ts';
import { PEOPLE_TABLES } from '../../../src/io/people/people-tables.ts';
import { InvitationBook } from '../../../src/io/people/invitation-book.ts';
import { deviceOf, ed25519, signerOf } from '../../core/identity/device-lists.ts';
import { stampsOf } from './stamps.ts';

const WRITER = fileURLToPath(new URL('./killed-writer.ts', import.meta.url));
/** Written by killed-writer.ts when this was the newest form, and cut to three contacts. */
const SAMPLE = fileURLToPath(new URL('../mesh-form-1.sqlite', import.meta.url));
/**
 * The same in the second form: No. 1 has a name, a note and a helper, No. 3 was removed, and an own device has an
 * address.
 */
const SECOND = fileURLToPath(new URL('../mesh-form-2.sqlite', import.meta.url));

const HELPER: HelperPlace = {
  helper: deviceOf(9),
  token: new Uint8Array(16).fill(7),
  addresses: [{ kind: 'tcp', host: '192.0.2.9', port: 9 }],
};

test('what was acknowledged is there after kill -9, contact and use of the invitation together', async () => {
  for (const killAfter of [1, 7, 40]) {
    const folder = mkdtempSync(join(tmpdir(), 'coequal-killed-'));
    const path = join(folder, 'mesh.sqlite');
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line);
      if (acknowledged === killAfter) child.kill('SIGKILL');
    }
    assert.ok(acknowledged >= killAfter);
    using database = openMeshStore(path);
    const book = new ContactBook(database, ed25519, stampsOf(database));
    const uses = new InvitationBook(database).all(2)[0]?.usedBy ?? [];
    assert.ok(book.size === acknowledged || book.size === acknowledged + 1);
    assert.deepEqual(
      uses.map(({ person }) => person).toSorted(),
      book
        .all()
        .map(({ person }) => person)
        .toSorted(),
    );
    for (let number = 1; number <= acknowledged; number++) {
      const { person } = signerOf(number);
      assert.equal(book.get(person)?.ownName, `No. ${number}`);
      assert.deepEqual(book.devicesOf(person), [deviceOf(number)]);
    }
    rmSync(folder, { recursive: true });
  }
});

test('a file of the first form is read, whatever forms come after it', () => {
  assert.ok(existsSync(SAMPLE));
  const folder = mkdtempSync(join(tmpdir(), 'coequal-form-'));
  const path = join(folder, 'mesh.sqlite');
  copyFileSync(SAMPLE, path);
  {
    using database = openMeshStore(path);
    const book = new ContactBook(database, ed25519, stampsOf(database));
    assert.deepEqual(
      book
        .all()
        .map(({ ownName }) => ownName)
        .toSorted(),
      ['No. 1', 'No. 2', 'No. 3'],
    );
    assert.equal(new InvitationBook(database).all(2)[0]?.usedBy.length, 3);
    const nobody = { has: () => false };
    const helpers = new HelperStore(database, nobody, () => []);
    assert.deepEqual(helpers.helpersOf(deviceOf(1)), []);
    helpers.tell(deviceOf(2), [HELPER]);
    const again = new HelperStore(database, nobody, () => []);
    assert.deepEqual(again.helpersOf(deviceOf(2)), [HELPER]);
  }
  rmSync(folder, { recursive: true });
});

test('what was noted before there were stamps counts before what was not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coequal-form-'));
  const path = join(folder, 'mesh.sqlite');
  copyFileSync(SAMPLE, path);
  {
    using before = Database.open(path, [PEOPLE_TABLES]);
    before.run("UPDATE contacts SET note = 'x' WHERE own_name = 'No. 1'");
    before.run("UPDATE contacts SET trust = 'blocked' WHERE own_name = 'No. 2'");
  }
  {
    using database = openMeshStore(path);
    const book = new ContactBook(database, ed25519, stampsOf(database));
    const timesOf = (number: number): number[] => {
      const shared = book.shared(signerOf(number).person);
      assert.ok(shared?.state === 'present');
      return [shared.at, shared.details.at, shared.trust.at].map(({ time }) => time);
    };
    assert.deepEqual([1, 2, 3].map(timesOf), [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
  }
  rmSync(folder, { recursive: true });
});

test('a file of the second form is read, whatever forms come after it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coequal-form-'));
  const path = join(folder, 'mesh.sqlite');
  copyFileSync(SECOND, path);
  {
    using database = openMeshStore(path);
    const book = new ContactBook(database, ed25519, stampsOf(database));
    const [first, third] = [1, 3].map((number) => book.shared(signerOf(number).person));
    assert.ok(first?.state === 'present' && first.details.at.time === 1_000);
    assert.deepEqual(first.details.value, { givenName: 'The first', note: 'of the choir' });
    assert.ok(third?.state === 'removed' && third.at.time >= 1_000);
    assert.ok(stampsOf(database).profile.time >= 1_000);
    const addresses = new AddressStore(database, { has: () => true }, () => []);
    assert.equal(addresses.addressesOf(deviceOf(77))[0]?.host, '192.0.2.9');
    const helpers = new HelperStore(database, { has: () => true }, () => []);
    assert.deepEqual(helpers.helpersOf(deviceOf(1)), [HELPER]);
    helpers.tell(deviceOf(77), [HELPER]); // an own device, which is no contact's
    const again = new HelperStore(database, { has: () => true }, () => []);
    assert.deepEqual(again.helpersOf(deviceOf(77)), [HELPER]);
  }
  rmSync(folder, { recursive: true });
});
