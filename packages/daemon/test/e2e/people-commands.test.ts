// The commands of people, as somebody gets them wrong and right: each says what, where and what to do.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { openPeer, until } from '../api/peer-in-test.ts';
import type { PeerInTest } from '../api/peer-in-test.ts';
import { Place } from './command.ts';

const COMMANDS: readonly (readonly string[])[] = [
  ['contacts'],
  ['contacts', 'show', 'ben'],
  ['invite'],
  ['accept', '7-amber-river-table'],
  ['send', 'ben', 'file'],
  ['inbox'],
  ['inbox', 'accept', '00ff'],
  ['outbox'],
  ['inbox', 'rule', 'ben', '--max', '1G'],
  ['devices'],
  ['id'],
];

/** What is said to who runs it, in words and as JSON. */
async function refusalOf(place: Place, ...args: readonly string[]): Promise<string> {
  const [told, json] = await Promise.all([place.run(...args), place.run(...args, '--json')]);
  assert.equal(told.code, 1, args.join(' '));
  assert.equal(told.stdout, '', args.join(' '));
  const { event, message, hint = '' } = JSON.parse(json.stdout) as Record<string, string>;
  assert.deepEqual([json.code, event], [1, 'error'], args.join(' '));
  for (const words of [message, hint]) assert.ok(told.stderr.includes(words ?? '?'), told.stderr);
  return told.stderr;
}

async function openPerson(name: string): Promise<PeerInTest> {
  const opened = await openPeer({ flags: { usesPeopleDht: false } });
  await opened.client.call('createIdentity', { body: { deviceName: name } });
  return opened;
}

/** What each is told by their own commands, and a link of Anna's. */
async function invited(anna: PeerInTest, ben: PeerInTest) {
  const { link = '' } = await anna.client.call('createInvitation', { body: {} });
  const homeOf = ({ folder }: PeerInTest): readonly string[] => ['--home', folder.at('home')];
  return { link, ofAnna: homeOf(anna), ofBen: homeOf(ben) };
}

describe('the commands of people', () => {
  test('say that no peer runs, and how to start one', async () => {
    await using place = await Place.make();
    writeFileSync(place.at('file'), 'x');
    for (const command of COMMANDS)
      assert.match(
        await refusalOf(place, ...command, '--home', place.at('none')),
        /no peer runs in .*none\n.*"coequal up"/,
      );
  });

  test('say that there is nobody yet, and how to become somebody', async () => {
    await using place = await Place.make();
    await using nobody = await openPeer();
    const home = ['--home', nobody.folder.at('home')];
    writeFileSync(place.at('file'), 'x');
    for (const command of COMMANDS.slice(0, -1))
      assert.match(await refusalOf(place, ...command, ...home), /"coequal id create"/);
    const { code, stdout } = await place.run('id', ...home);
    assert.equal(code, 0);
    assert.match(stdout, /no identity yet: "coequal id create"/);
  });

  test('say what of a wrong name, link, id or word is wrong', async () => {
    await using place = await Place.make();
    await using anna = await openPerson('Anna');
    const { link = '', id } = await anna.client.call('createInvitation', { body: {} });
    const home = ['--home', anna.folder.at('home')];
    writeFileSync(place.at('file'), 'x');
    for (const [command, expected] of [
      [['contacts', 'show', 'ben'], /no contact "ben"\n.*"coequal contacts"/],
      [['contacts', 'me', ''], /a name has 1 to 64 bytes/],
      [['send', 'ben', 'file'], /no contact "ben"/],
      [['send', 'ben', 'nothing'], /nothing at .*nothing\n.*Check the path/],
      [['accept', link], /an invitation of your own/],
      [['accept', ''], /no invitation, or it is damaged/],
      [['accept', link.slice(0, 60)], /no invitation, or it is damaged/],
      [['accept', '7-amber-rivver-table'], /Was it "river"\?/],
      [['invite', '--revoke', ''], /no invitation ""/],
      [['invite', '--revoke', id.slice(0, 3)], /no invitation "/],
      [['inbox', 'accept', '00ff'], /no offer 00ff\n.*"coequal inbox"/],
      [['inbox', 'rule', 'ben', '--max', '1G'], /no contact "ben"/],
      [['devices', 'rename', 'zz', 'x'], /no such device\n.*"coequal devices list"/],
    ] as const)
      assert.match(await refusalOf(place, ...command, ...home), expected);
    const spoken = await place.run('invite', '--code', ...home);
    assert.match(spoken.stdout, /coequal:invite\/.*[^]*Or say, .*\nThe words are not good: /);
    const revoked = await place.run('invite', '--revoke', id.slice(0, 4), ...home);
    assert.equal(revoked.code, 0);
  });

  test('say of an invitation that was used up or taken back that it was, and end', async () => {
    await using place = await Place.make();
    await using anna = await openPerson('Anna');
    await using ben = await openPerson('Ben');
    await using cara = await openPerson('Cara');
    const [ofBen, ofCara] = [ben, cara].map(({ folder }) => ['--home', folder.at('home')]);
    assert.ok(ofBen !== undefined && ofCara !== undefined);
    const used = await anna.client.call('createInvitation', { body: {} });
    assert.equal((await place.run('accept', used.link ?? '', ...ofBen)).code, 0);
    const revoked = await anna.client.call('createInvitation', { body: {} });
    await anna.client.call('revokeInvitation', { params: { id: revoked.id } });
    for (const [{ link = '' }, words, code] of [
      [used, /this invitation was used up\n.*Ask for a new invitation/, 'INVITATION_USED'],
      [revoked, /this invitation was taken back\n.*Ask for a new/, 'INVITATION_REVOKED'],
    ] as const) {
      const told = await place.run('accept', link, ...ofCara);
      assert.equal(told.code, 1);
      assert.match(told.stderr, words);
      const { acceptances } = await cara.client.call('listAcceptances', {});
      const [{ state, problem } = { state: undefined, problem: undefined }] = acceptances;
      assert.deepEqual([state, problem?.code], ['failed', code]);
    }
    const { contacts } = await anna.client.call('listContacts', {});
    assert.deepEqual(
      contacts.map(({ name }) => name),
      ['Ben'],
    );
  });

  test('hand a file over, with how far it is at both sides, and say what cannot be done twice', async () => {
    await using place = await Place.make();
    await using anna = await openPerson('Anna');
    await using ben = await openPerson('Ben');
    const { link, ofAnna, ofBen } = await invited(anna, ben);
    assert.match((await place.run('accept', link, ...ofBen)).stdout, /You and Anna are contacts/);
    assert.match((await place.run('contacts', ...ofAnna)).stdout, /Ben \(new\)/);
    const ruled = await place.run('inbox', 'rule', 'anna', '--max', '1k', ...ofBen);
    assert.match(ruled.stdout, /while you trust them\.\nYou do not yet: "coequal contacts trust/);

    writeFileSync(place.at('film.bin'), new Uint8Array(2_000_000));
    const sending = place.start('send', 'Ben', 'film.bin', ...ofAnna, '--json');
    await sending.event('progress');
    const { offers } = await untilOffered(ben);
    const id = offers[0]?.id.slice(0, 8) ?? '';
    assert.match((await place.run('outbox', ...ofAnna)).stdout, /film\.bin: 1 file.*Ben has not/);
    const waiting = await place.run('status', ...ofBen);
    assert.match(waiting.stdout, /1 contact, 1 here\n {2}1 offer to answer: "coequal inbox"/);
    assert.match((await place.run('status', ...ofAnna)).stdout, /1 send under way/);
    assert.match((await place.run('inbox', 'show', id, ...ofBen)).stdout, /2\.00 MB {2}film\.bin/);
    assert.match(
      await refusalOf(place, 'outbox', 'forget', 'film.bin', ...ofAnna),
      /not ended yet/,
    );
    const accepted = await place.run('inbox', 'accept', id, '--wait', ...ofBen);
    assert.equal(accepted.code, 0, accepted.stderr);
    assert.match(accepted.stdout, /"film.bin" comes to .*\n.*is here/);
    assert.equal((await sending.ended).code, 0);
    for (const [task, words] of [
      ['accept', /does not wait for an answer/],
      ['release', /not in quarantine/],
      ['decline', /has ended/],
    ] as const)
      assert.match(await refusalOf(place, 'inbox', task, id, ...ofBen), words);
    assert.equal((await place.run('outbox', 'forget', 'film.bin', ...ofAnna)).code, 0);
    assert.match((await place.run('outbox', ...ofAnna)).stdout, /Nothing was sent yet/);
    assert.equal((await place.run('inbox', 'forget', id, ...ofBen)).code, 0);
    assert.match((await place.run('inbox', ...ofBen)).stdout, /The inbox is empty/);

    await place.run('send', 'Ben', 'film.bin', '--no-wait', ...ofAnna);
    await untilOffered(ben);
    const withdrawn = await place.run('outbox', 'withdraw', 'film.bin', ...ofAnna);
    assert.match(withdrawn.stdout, /was taken back/);
    assert.match((await place.run('outbox', ...ofAnna)).stdout, /Ben does not get it any more/);
    assert.match(
      await refusalOf(place, 'outbox', 'withdraw', '00ff', ...ofAnna),
      /"coequal outbox"/,
    );
  });

  test('stopped by Ctrl-C while they wait, end with 3 and say that the running peer goes on', async () => {
    await using place = await Place.make();
    await using anna = await openPerson('Anna');
    await using ben = await openPerson('Ben');
    const { link, ofAnna, ofBen } = await invited(anna, ben);
    await place.run('accept', link, ...ofBen);
    writeFileSync(place.at('film.bin'), new Uint8Array(200_000));
    const send = ['send', 'Ben', 'film.bin', ...ofAnna] as const;

    const told = place.start(...send, '--json');
    await told.event('progress');
    const { code, events } = await told.stop('SIGINT');
    const left = events.at(-1);
    assert.deepEqual([code, left?.event, left?.['name']], [3, 'left', 'film.bin']);
    assert.equal(left?.['endedAt'], undefined);

    await using said = place.start(...send, '--name', 'again.bin');
    await until(anna, async () => {
      const { sends: begun } = await anna.client.call('listSends', {});
      return begun.length < 2 ? undefined : true;
    });
    said.signal('SIGINT');
    const { code: again, stderr, stdout } = await said.ended;
    assert.deepEqual([again, stdout], [3, '']);
    assert.match(
      stderr,
      /Stopping.*\n(.*\n)?The send was not cancelled: the running peer goes on\. .+\.\n.*page/,
    );

    const { offers } = await untilOffered(ben, 2);
    for (const { id } of offers) {
      const got = await place.run('inbox', 'accept', id, '--wait', ...ofBen);
      assert.deepEqual([got.code, /is here/.test(got.stdout)], [0, true], got.stderr);
    }
    const { sends } = await anna.client.call('listSends', {});
    assert.deepEqual(sends.map(({ name }) => name).toSorted(), ['again.bin', 'film.bin']);
  });
});

async function untilOffered(person: PeerInTest, count = 1) {
  return await until(person, async () => {
    const inbox = await person.client.call('showInbox', {});
    return inbox.offers.filter(({ isListed }) => isListed).length < count ? undefined : inbox;
  });
}
