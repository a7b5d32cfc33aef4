// What is the same of every command, whoever adds it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

function pathsOf(command: Command, path: readonly string[]): readonly (readonly string[])[] {
  const deeper = command.commands.map((each) => pathsOf(each, [...path, each.name()]));
  return [path, ...deeper.flat()];
}

/** It says nothing: that is for `--json`, whose event its caller writes. */
const silent = (): Command => createProgram({ exitCode: 0 }, true);

const paths = silent().commands.flatMap((each) => pathsOf(each, [each.name()]));

test('there are the commands of devices, and all others', () => {
  assert.ok(paths.length > 60, `${paths.length}`);
  assert.ok(paths.some((path) => path.join(' ') === 'devices list'));
});

const groups = [['id'], ['devices'], ['contacts'], ['inbox'], ['outbox']];
for (const group of groups)
  test(`a word that is no command of "${group.join(' ')}" is said to be none`, async () => {
    const running = silent().parseAsync([...group, 'sing'], { from: 'user' });
    await assert.rejects(running, { message: "error: unknown command 'sing'" });
  });

for (const path of paths)
  test(`wrong use of "${path.join(' ')}" is left to whoever runs the program to tell`, async () => {
    // one that was added without the settings of the others would end the process, with the code of a failure
    const running = silent().parseAsync([...path, '--no-such-flag'], { from: 'user' });
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof CommanderError);
      assert.equal(error.message, "error: unknown option '--no-such-flag'");
      return true;
    });
  });
