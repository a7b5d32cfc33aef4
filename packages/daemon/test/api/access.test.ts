import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '@coequal/simulator';
import { Access } from '../../src/api/access.ts';
import { CallLimits } from '../../src/api/call-limits.ts';
import { AccessRecords } from '../../src/store/access-records.ts';
import { openStore } from '../../src/store/store.ts';
import { fault } from '../faults.ts';

const OWNER = 'o'.repeat(43);
const MINUTE = 60_000;
const DAY = 86_400_000;

function open() {
  const world = new World({ seed: 1 });
  const { clock } = world.host('peer').ports;
  const store = openStore(':memory:');
  const records = new AccessRecords(store);
  const told: string[] = [];
  const view = {
    onSignedIn: () => void told.push('in'),
    onRefused: (address: string) => void told.push(`refused ${address}`),
    onEnded: (caller: string) => void told.push(`ended ${caller}`),
  };
  const make = (secret = OWNER): Access => new Access(secret, records, clock, view);
  return {
    world,
    clock,
    access: make(),
    make,
    told,
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

function bearer(secret: string) {
  return { method: 'GET', headers: { authorization: `Bearer ${secret}` } };
}

function cookie(access: Access, secret: string, method = 'GET', more: object = {}) {
  return { method, headers: { cookie: `a=b; ${access.cookieName}=${secret}`, ...more } };
}

void test('the owner, a browser that signed in and a key are told apart', () => {
  using opened = open();
  const { access } = opened;
  assert.deepEqual(access.identify(bearer(OWNER), '::1'), { name: 'owner', scope: 'owner' });
  const secret = access.signIn(access.makeLoginCode().code, '::1');
  const browser = access.identify(cookie(access, secret), '::1');
  assert.equal(browser.scope, 'owner');
  const { key, secret: keySecret } = access.makeKey('phone', 'read');
  const program = access.identify(bearer(keySecret), '::1');
  assert.equal(program.scope, 'read');
  assert.equal(new Set(['owner', browser.name, program.name]).size, 3);
  assert.deepEqual(access.keys[0], { ...key, usedAt: opened.clock.epochNow() });
});

void test('who brings nothing, or a secret of the wrong form, is nobody', () => {
  using opened = open();
  const { access } = opened;
  const nobody = [
    { method: 'GET', headers: {} },
    { method: 'GET', headers: { cookie: 'other=1' } },
    cookie(access, 'x'.repeat(43)),
  ];
  for (const head of nobody)
    assert.throws(() => access.identify(head, '::1'), fault('NOT_SIGNED_IN'));
  for (const authorization of ['Basic abc', 'Bearer', `Bearer ${'x'.repeat(300)}`, OWNER]) {
    const head = { method: 'GET', headers: { authorization } };
    assert.throws(() => access.identify(head, '::1'), fault('BAD_LOGIN'));
  }
});

void test('a login link signs in once', () => {
  using opened = open();
  const { access } = opened;
  const { code } = access.makeLoginCode();
  access.signIn(code, '::1');
  assert.throws(() => access.signIn(code, '::1'), fault('BAD_LOGIN'));
  assert.deepEqual(opened.told, ['in', 'refused ::1']);
});

void test('a login link that was not used within ten minutes is void', async () => {
  using opened = open();
  const { access, world } = opened;
  const { code, validUntil } = access.makeLoginCode();
  assert.equal(validUntil, opened.clock.epochNow() + 10 * MINUTE);
  const other = access.makeLoginCode();
  await world.pass(10 * MINUTE);
  access.signIn(other.code, '::1');
  await world.pass(1);
  assert.throws(() => access.signIn(code, '::1'), fault('BAD_LOGIN'));
});

void test('of login links that were not used the newest twenty are good', () => {
  using opened = open();
  const { access } = opened;
  const codes = Array.from({ length: 21 }, () => access.makeLoginCode().code);
  assert.throws(() => access.signIn(codes[0] ?? '', '::1'), fault('BAD_LOGIN'));
  access.signIn(codes[1] ?? '', '::1');
});

void test('a link for another device is good for five minutes, at its door, and a newer one voids it', async () => {
  using opened = open();
  const { access, world, told } = opened;
  const far = access.at('https');
  const first = far.makePairingCode();
  assert.equal(first.validUntil, opened.clock.epochNow() + 5 * MINUTE);
  const near = access.makeLoginCode();
  const { code } = far.makePairingCode();
  assert.throws(() => far.signIn(first.code, '192.0.2.1'), fault('BAD_LOGIN'));
  assert.throws(() => access.signIn(code, '::1'), fault('BAD_LOGIN'));
  assert.throws(() => access.at('http').signIn(code, '::1'), fault('BAD_LOGIN'));
  assert.throws(() => far.signIn(near.code, '::1'), fault('BAD_LOGIN'));
  await world.pass(5 * MINUTE);
  far.signIn(code, '192.0.2.1');
  access.signIn(near.code, '::1');
  const late = far.makePairingCode();
  await world.pass(5 * MINUTE + 1);
  assert.throws(() => far.signIn(late.code, '192.0.2.1'), fault('BAD_LOGIN'));
  assert.equal(told.filter((each) => each === 'in').length, 2);
});

void test('from another device one is locked out with one’s whole network', () => {
  using opened = open();
  const far = opened.access.at('https');
  const guess = (address: string) => () => far.signIn('wrong', address);
  for (let tries = 0; tries < 10; tries += 1)
    assert.throws(guess(`2001:db8::${tries + 1}`), fault('BAD_LOGIN'));
  assert.throws(guess('2001:db8::ffff'), fault('LOCKED_OUT'));
  assert.throws(guess('2001:db8:0:1::1'), fault('BAD_LOGIN'));
  assert.throws(guess('::ffff:192.0.2.1'), fault('BAD_LOGIN'));
  assert.equal(opened.told.at(-1), 'refused 192.0.2.1');
});

void test('who came over another door is listed with what it is, and can be ended, alone or all', () => {
  using opened = open();
  const { access, told } = opened;
  const far = access.at('https');
  const signIn = (at: Access, agent: string): string =>
    at.signIn(at.makeLoginCode().code, '::ffff:192.0.2.1', agent);
  const here = access.identify(cookie(access, signIn(access, 'Firefox/1 Linux')), '::1');
  const [phone, tablet] = [signIn(far, 'Firefox/1 Android'), signIn(far, 'Safari/1 iPad')];
  const listed = access.sessions(here);
  assert.deepEqual(
    new Set(
      listed.map(({ name, door, address, isThis }) => `${name} ${door} ${address} ${isThis}`),
    ),
    new Set([
      'Firefox, Linux loopback 192.0.2.1 true',
      'Firefox, Android https 192.0.2.1 false',
      'Safari, iPad https 192.0.2.1 false',
    ]),
  );
  const { id = '' } = listed.find(({ name }) => name === 'Firefox, Android') ?? {};
  access.endSession(id);
  assert.throws(() => access.endSession(id), fault('NO_SUCH_SESSION', { id }));
  assert.throws(() => far.identify(cookie(far, phone), '::1'), fault('NOT_SIGNED_IN'));
  far.identify(cookie(far, tablet), '::1');
  access.endRemote('https'); // of other doors than this
  far.identify(cookie(far, tablet), '::1');
  const { code } = far.makePairingCode();
  access.endRemote();
  assert.throws(() => far.identify(cookie(far, tablet), '::1'), fault('NOT_SIGNED_IN'));
  assert.throws(() => far.signIn(code, '::1'), fault('BAD_LOGIN'));
  assert.equal(access.sessions(here).length, 1);
  assert.equal(told.filter((each) => each.startsWith('ended')).length, 2);
});

void test('a browser that was away for ninety days signs in again, one that comes stays', async () => {
  using opened = open();
  const { access, world } = opened;
  const [away, here] = [0, 1].map(() => access.signIn(access.makeLoginCode().code, '::1'));
  for (let day = 0; day < 91; day += 10) {
    access.identify(cookie(access, here ?? ''), '::1');
    await world.pass(10 * DAY);
  }
  access.identify(cookie(access, here ?? ''), '::1');
  assert.throws(() => access.identify(cookie(access, away ?? ''), '::1'), fault('NOT_SIGNED_IN'));
});

void test('sessions and keys outlive the process, and end when they are ended', () => {
  using opened = open();
  const { access, told } = opened;
  const secret = access.signIn(access.makeLoginCode().code, '::1');
  const made = access.makeKey('phone', 'transfers');
  const later = opened.make();
  const browser = later.identify(cookie(later, secret), '::1');
  const program = later.identify(bearer(made.secret), '::1');
  later.signOut(browser);
  later.revokeKey(made.key.id);
  assert.throws(() => later.identify(cookie(later, secret), '::1'), fault('NOT_SIGNED_IN'));
  assert.throws(() => later.identify(bearer(made.secret), '::1'), fault('BAD_LOGIN'));
  assert.throws(() => later.revokeKey(made.key.id), fault('NO_SUCH_KEY'));
  assert.deepEqual(told.slice(1, 3), [`ended ${browser.name}`, `ended ${program.name}`]);
});

void test('two peers of one computer do not take each other’s cookies', () => {
  using opened = open();
  assert.notEqual(opened.access.cookieName, opened.make('p'.repeat(43)).cookieName);
  assert.equal(opened.access.cookieName, opened.make().cookieName);
});

void test('with a cookie alone a change comes from our own page', () => {
  using opened = open();
  const { access } = opened;
  const secret = access.signIn(access.makeLoginCode().code, '::1');
  assert.throws(
    () => access.identify(cookie(access, secret, 'POST'), '::1'),
    fault('FORBIDDEN_ORIGIN'),
  );
  access.identify(cookie(access, secret, 'POST', { origin: 'http://127.0.0.1:1' }), '::1');
});

void test('each scope includes those before it, and no more', () => {
  using opened = open();
  const { access } = opened;
  const allowed = (['read', 'transfers', 'owner'] as const).map((scope) =>
    (['read', 'transfers', 'owner'] as const).filter((needed) => {
      try {
        access.requireScope({ name: 'x', scope }, needed);
        return true;
      } catch (error) {
        return !fault('SCOPE_MISSING', { scope: needed })(error);
      }
    }),
  );
  assert.deepEqual(allowed, [['read'], ['read', 'transfers'], ['read', 'transfers', 'owner']]);
});

void test('who guesses is locked out for a minute, the owner and everybody else are not', async () => {
  using opened = open();
  const { access, world } = opened;
  const guess = (): unknown => access.identify(bearer('wrong'), '::1');
  for (let tries = 0; tries < 10; tries += 1) assert.throws(guess, fault('BAD_LOGIN'));
  assert.throws(guess, fault('LOCKED_OUT'));
  assert.throws(() => access.signIn('wrong', '::1'), fault('LOCKED_OUT'));
  assert.throws(() => access.identify(bearer('wrong'), '::2'), fault('BAD_LOGIN'));
  assert.equal(access.identify(bearer(OWNER), '::1').scope, 'owner');
  access.signIn(access.makeLoginCode().code, '::1');
  await world.pass(MINUTE + 1);
  assert.throws(guess, fault('BAD_LOGIN'));
  assert.equal(opened.told.filter((each) => each === 'refused ::1').length, 11);
});

void test('there may be a hundred keys', () => {
  using opened = open();
  for (let count = 0; count < 100; count += 1) opened.access.makeKey('x', 'read');
  assert.throws(
    () => opened.access.makeKey('x', 'read'),
    fault('NOT_POSSIBLE_NOW', { what: 'keys', max: 100 }),
  );
});

void test('one caller asks three hundred times at once and a hundred a second, others as before', async () => {
  const world = new World({ seed: 1 });
  const limits = new CallLimits(world.host('peer').ports.clock);
  const spend = (caller: string, times: number): number => {
    let done = 0;
    try {
      for (; done < times; done += 1) limits.spend(caller);
    } catch (error) {
      assert.ok(fault('TOO_MANY_REQUESTS')(error));
    }
    return done;
  };
  assert.equal(spend('a', 1_000), 300);
  assert.equal(spend('b', 10), 10);
  await world.pass(1_000);
  assert.equal(spend('a', 1_000), 100);
  await world.pass(3_600_000);
  assert.equal(spend('a', 1_000), 300);
});
