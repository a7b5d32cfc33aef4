// `coequal id`, `coequal devices` and a backup of them, as a person uses them: with what they type piped in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventOf, NODE, Place } from './command.ts';
import type { Ended } from './command.ts';

const BIN = fileURLToPath(new URL('../../bin/coequal.js', import.meta.url));
const PASS_PHRASE = 'six apples under a blue roof';

/** Runs a command with these lines as its input. */
async function typing(place: Place, lines: readonly string[], ...args: string[]): Promise<Ended> {
  const script = 'printf "%s\\n" "$INPUT_1" "$INPUT_2" "$INPUT_3" "$INPUT_4" | "$0" "$@"';
  const inputs = [0, 1, 2, 3].map((at) => `INPUT_${at + 1}=${lines[at] ?? ''}`);
  await using command = place.startOther([
    'env',
    ...inputs,
    'sh',
    '-c',
    script,
    NODE,
    BIN,
    ...args,
  ]);
  return await command.ended;
}

describe('the commands of identity', () => {
  test('make one, check it, name and seal it, and have it back from a backup and from its words', async () => {
    await using place = await Place.make();
    await using up = place.start('up', '--no-open', '--offline', '--json');
    await up.event('ready');
    const made = await typing(
      place,
      [PASS_PHRASE, PASS_PHRASE],
      'id',
      'create',
      '--name',
      'Laptop',
      '--json',
    );
    const { words, person } = eventOf(made, 'created') as unknown as {
      words: string[];
      person: string;
    };
    assert.equal(words.length, 24);
    assert.ok(!made.stderr.includes(PASS_PHRASE));

    const listed = await typing(place, [], 'devices', '--json');
    assert.equal(eventOf(listed, 'devices')['listNumber'], 1);
    const wrong = await typing(place, ['no', 'no', 'no'], 'id', 'check', '--json');
    assert.equal(wrong.code, 1);
    assert.equal(eventOf(wrong, 'error')['code'], 'WORDS_DIFFER');

    const shown = await typing(place, [PASS_PHRASE], 'id', 'words', '--json');
    assert.deepEqual(eventOf(shown, 'words')['words'], words);
    const refused = await typing(place, ['another one'], 'id', 'words', '--json');
    assert.equal(eventOf(refused, 'error')['code'], 'PASS_PHRASE_WRONG');

    const named = await typing(place, [], 'devices', 'rename', 'Laptop', 'Desk', '--json');
    assert.equal((eventOf(named, 'devices')['devices'] as { name: string }[])[0]?.name, 'Desk');
    const itself = await typing(place, ['y'], 'devices', 'revoke', 'Desk', '--json');
    assert.equal(eventOf(itself, 'error')['code'], 'NOT_THIS_DEVICE');
    const doubt = await typing(place, ['n'], 'devices', 'revoke', 'Desk', '--json');
    assert.equal(eventOf(doubt, 'error')['code'], 'NOT_CONFIRMED');

    const kept = await typing(place, [PASS_PHRASE], 'backup', place.at('kept'), '--json');
    assert.equal(kept.code, 0, kept.stderr);
    const home = ['--home', place.at('other')];
    const back = await typing(place, [PASS_PHRASE], 'restore', place.at('kept'), ...home, '--json');
    assert.equal(back.code, 0, back.stderr);
    await up.stop('SIGTERM');
    await using again = place.start('up', '--no-open', '--offline', '--json', ...home);
    await again.event('ready');
    const same = await typing(place, [], 'id', ...home, '--json');
    assert.equal(eventOf(same, 'identity')['person'], person);
    assert.equal((eventOf(same, 'identity')['device'] as { name: string }).name, 'Desk');
    await again.stop('SIGTERM');

    const fresh = ['--home', place.at('fresh')];
    await using third = place.start('up', '--no-open', '--offline', '--json', ...fresh);
    await third.event('ready');
    const swapped = [words[1], words[0], ...words.slice(2)].join(' ');
    const bad = await typing(place, [swapped], 'id', 'restore', ...fresh, '--json');
    assert.equal(eventOf(bad, 'error')['code'], 'BAD_WORDS');
    const lines = [words.slice(0, 12).join(' '), words.slice(12).join(' ')];
    const restored = await typing(
      place,
      lines,
      'id',
      'restore',
      '--name',
      'New',
      ...fresh,
      '--json',
    );
    assert.equal(eventOf(restored, 'restored')['person'], person);
    await third.stop('SIGTERM');
  });
});
