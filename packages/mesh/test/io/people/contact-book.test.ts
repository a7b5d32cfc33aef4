import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HelperPlace } from '../../../src/core/contacts/helper-places.ts';
import { openMeshStore } from '../../../src/io/mesh-store.ts';
import { ContactBook } from '../../../src/io/people/contact-book.ts';
import { HelperStore } from '../../../src/io/people/helper-store.ts';
import { InvitationBook } from '../../../src/io/people/invitation-book.ts';
import { deviceOf, ed25519, signerOf } from '../../core/identity/device-lists.ts';
import { stampsOf } from './stamps.ts';

const WRITER = fileURLToPath(new URL('./killed-writer.ts', import.meta.url));
/** Written by killed-writer.ts when this was the newest form, and cut to three contacts. */
const SAMPLES = [1, 2].map((form) =>
  fileURLToPath(new URL(`../mesh-form-${form}.sqlite`, import.meta.url)),
);

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

test('a file of an earlier form is read, whatever forms come after it', () => {
  for (const [index, sample] of SAMPLES.entries()) readSample(index + 1, sample);
});

function readSample(form: number, sample: string): void {
  assert.ok(existsSync(sample));
  const folder = mkdtempSync(join(tmpdir(), 'coequal-form-'));
  const path = join(folder, 'mesh.sqlite');
  copyFileSync(sample, path);
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
    const helpers = new HelperStore(database, () => []);
    assert.deepEqual(helpers.helpersOf(deviceOf(1)), form === 1 ? [] : [HELPER]);
    helpers.tell(deviceOf(2), [HELPER]);
    assert.deepEqual(new HelperStore(database, () => []).helpersOf(deviceOf(2)), [HELPER]);
  }
  rmSync(folder, { recursive: true });
}
