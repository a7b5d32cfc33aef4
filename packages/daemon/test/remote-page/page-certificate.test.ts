import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  CERTIFICATE_FILE,
  isGoodFor,
  makeOwnCertificate,
  readGivenCertificate,
  readOwnCertificate,
} from '../../src/remote-page/page-certificate.ts';
import { fault } from '../faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const NOW = Date.UTC(2026, 10, 26);
const DAY = 86_400_000;
const HOME = { names: ['den.local', 'den'], addresses: ['192.168.1.20', 'fd00::20'] };
const AWAY = { names: ['den.local', 'den'], addresses: ['10.0.0.7', '2001:db8::7'] };

void test('a certificate that the peer makes is one for servers, on P-256, by its own key, for a year and a month', async () => {
  using folder = temporaryFolder();
  const made = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  const path = folder.at(CERTIFICATE_FILE);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const certificate = new X509Certificate(readFileSync(path));
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']); // of servers alone
  assert.equal(certificate.checkHost('den.local'), 'den.local');
  assert.equal(certificate.checkHost('evil.example'), undefined);
  assert.equal(certificate.checkIP('fd00::20'), 'fd00::20');
  assert.equal(certificate.validToDate.getTime(), NOW + 397 * DAY);
  assert.equal(certificate.validFromDate.getTime(), NOW - DAY);
  assert.deepEqual(readOwnCertificate(folder.path), made);
  const other = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  assert.notEqual(other.key, made.key);
  assert.notEqual(new X509Certificate(other.chain).serialNumber, certificate.serialNumber);
});

void test('it is good until a month before its end, and while it has every name and IPv4 address', async () => {
  using folder = temporaryFolder();
  const made = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  assert.ok(isGoodFor(made, HOME, NOW));
  assert.ok(isGoodFor(made, HOME, NOW + 366 * DAY));
  assert.ok(!isGoodFor(made, HOME, NOW + 368 * DAY));
  assert.ok(!isGoodFor(made, AWAY, NOW));
  assert.ok(!isGoodFor(made, { ...HOME, names: ['desk.local'] }, NOW));
  // those of today, which are others tomorrow
  assert.ok(isGoodFor(made, { ...HOME, addresses: ['192.168.1.20', 'fd00::99'] }, NOW));
  const moved = await makeOwnCertificate(folder.path, AWAY, made, NOW);
  assert.ok(isGoodFor(moved, AWAY, NOW) && isGoodFor(moved, HOME, NOW));
});

void test('what cannot be read is none, and another is made', async () => {
  using folder = temporaryFolder();
  assert.equal(readOwnCertificate(folder.path), undefined);
  const one = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  const other = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  for (const text of ['', 'x', one.key, one.key + other.chain.slice(other.key.length)]) {
    writeFileSync(folder.at(CERTIFICATE_FILE), text);
    assert.equal(readOwnCertificate(folder.path), undefined, text);
  }
});

void test('of many networks those before fall out, and the wanted ones stay', async () => {
  using folder = temporaryFolder();
  let made = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  for (let network = 0; network < 50; network += 1) {
    const wanted = { names: ['den'], addresses: [`10.0.${network}.1`] };
    made = await makeOwnCertificate(folder.path, wanted, made, NOW);
    assert.ok(isGoodFor(made, wanted, NOW));
  }
  assert.equal(made.names.addresses.length, 40);
});

void test('given files are taken together, and what is wrong is told with the file and none of its content', async () => {
  using folder = temporaryFolder();
  const one = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  const other = await makeOwnCertificate(folder.path, HOME, undefined, NOW);
  const write = (name: string, text: string): string => {
    writeFileSync(folder.at(name), text);
    return folder.at(name);
  };
  const chain = write('chain.pem', one.chain);
  const key = write('key.pem', one.key);
  const { fingerprint, isOwn } = readGivenCertificate(chain, key);
  assert.deepEqual([fingerprint, isOwn], [one.fingerprint, false]);
  const wrong: readonly (readonly [string | null, string | null, string])[] = [
    [chain, null, chain],
    [null, key, key],
    [chain, write('other.pem', other.key), folder.at('other.pem')],
    [chain, chain.replace('chain', 'none'), folder.at('none.pem')],
    [write('text.pem', 'SECRET words'), key, folder.at('text.pem')],
    [chain, folder.at('text.pem'), folder.at('text.pem')],
    [write('long.pem', 'x'.repeat(1_000_001)), key, folder.at('long.pem')],
    [folder.path, key, folder.path],
  ];
  for (const [certificatePath, keyPath, path] of wrong)
    assert.throws(
      () => readGivenCertificate(certificatePath, keyPath),
      (error: Error) => {
        assert.ok(fault('PAGE_CERTIFICATE_BAD')(error));
        const { details } = error as unknown as { details: { path: string; problem: string } };
        assert.equal(details.path, path);
        assert.doesNotMatch(details.problem, /SECRET|BEGIN/);
        return true;
      },
    );
});
