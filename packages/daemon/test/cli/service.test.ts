import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { serviceTask, unitText } from '../../src/cli/service.ts';
import type { ServiceHost } from '../../src/cli/service.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const COMMAND = ['/usr/bin/node', '/opt/coequal/bin/coequal.js'] as const;

void test('the service is installed, asked and taken away again', async () => {
  using folder = temporaryFolder();
  const asked: string[] = [];
  const host: ServiceHost = {
    platform: 'linux',
    configDirectory: folder.at('config'),
    command: COMMAND,
    async systemctl(...args) {
      asked.push(args.join(' '));
      return args[0] === 'show' ? 'failed\n' : '';
    },
  };
  const unit = folder.at('config', 'systemd', 'user', 'coequal.service');
  await serviceTask('install', '/home/me/peer', host);
  assert.equal(readFileSync(unit, 'utf8'), unitText(COMMAND, '/home/me/peer'));
  assert.equal(await serviceTask('status', '/home/me/peer', host), 'failed');
  await serviceTask('uninstall', '/home/me/peer', host);
  assert.equal(existsSync(unit), false);
  assert.deepEqual(asked, [
    'daemon-reload',
    'enable --now coequal.service',
    'show --property=ActiveState --value coequal.service',
    'disable --now coequal.service',
    'daemon-reload',
  ]);
});

void test('a path with what systemd reads as its own comes to the command as it is', () => {
  const text = unitText(COMMAND, '/home/a b/50% "x" $HOME\\');
  assert.match(
    text,
    /^ExecStart="\/usr\/bin\/node" "\/opt\/coequal\/bin\/coequal\.js" "up" "--no-open" "--home" "\/home\/a b\/50%% \\"x\\" \$\$HOME\\\\"$/m,
  );
});
