/** `coequal service`: has systemd start the peer with its user's session (systemd.unit(5), systemd.service(5)). */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LocalFault } from '@coequal/base';
import { homeDirectory } from '../home.ts';
import { EXIT } from './exit-codes.ts';
import { inShell } from './shell.ts';

const UNIT = 'coequal.service';
/** Longer than what the peer takes to stop: transfers are made durable meanwhile. */
const STOP_SECONDS = 60;

export type ServiceTask = 'install' | 'uninstall' | 'status';

/** What is asked of the system. */
export interface ServiceHost {
  readonly platform: string;
  /** Of the user's own configuration. */
  readonly configDirectory: string;
  /** Node and the command's file. */
  readonly command: readonly [string, string];
  /** Rejects with what it printed when it fails. */
  systemctl(...args: readonly string[]): Promise<string>;
}

export interface ServiceFlags {
  readonly home?: string;
  readonly json: boolean;
}

export function runService(
  task: ServiceTask,
  { home, json }: ServiceFlags,
  host: ServiceHost = thisHost(),
): Promise<number> {
  return inShell({ isJson: json }, async (shell) => {
    if (host.platform !== 'linux') throw new LocalFault('SERVICE_BY_HAND');
    const state = await serviceTask(task, resolve(home ?? homeDirectory()), host);
    shell.emit({ event: 'service', task, state });
    shell.print(WORDS[task](state));
    return task === 'status' && state !== 'active' ? EXIT.failed : EXIT.done;
  });
}

const WORDS: Readonly<Record<ServiceTask, (state: string) => string>> = {
  install: () => 'The peer runs, and starts when you sign in. "coequal" opens its page.',
  uninstall: () => 'The peer is stopped, and does not start by itself any more. Its data are kept.',
  status: (state) => `The service is ${state}.`,
};

/** What systemd says of it afterwards. Throws LocalFault `SYSTEMD_FAILED`. */
export async function serviceTask(
  task: ServiceTask,
  home: string,
  host: ServiceHost,
): Promise<string> {
  const path = join(host.configDirectory, 'systemd', 'user', UNIT);
  switch (task) {
    case 'install':
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, unitText(host.command, home));
      await host.systemctl('daemon-reload');
      await host.systemctl('enable', '--now', UNIT);
      return 'active';
    case 'uninstall':
      await host.systemctl('disable', '--now', UNIT);
      await rm(path, { force: true });
      await host.systemctl('daemon-reload');
      return 'inactive';
    case 'status':
      return (await host.systemctl('show', '--property=ActiveState', '--value', UNIT)).trim();
  }
}

export function unitText(command: readonly [string, string], home: string): string {
  const start = [...command, 'up', '--no-open', '--home', home].map(quoted).join(' ');
  return `[Unit]
Description=Coequal, an equal peer
After=network-online.target

[Service]
ExecStart=${start}
Restart=on-failure
RestartSec=10
TimeoutStopSec=${STOP_SECONDS}
NoNewPrivileges=yes

[Install]
WantedBy=default.target
`;
}

/** As systemd reads a word: quotes, and `%` and `$` are its own. */
function quoted(word: string): string {
  const inside = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replaceAll('\n', '\\n');
  return `"${inside}"`;
}

function thisHost(): ServiceHost {
  const { XDG_CONFIG_HOME } = process.env;
  return {
    platform: process.platform,
    configDirectory: XDG_CONFIG_HOME || join(homedir(), '.config'),
    command: [process.execPath, resolve(process.argv[1] ?? '')],
    systemctl: (...args) => {
      const { promise, resolve: settle, reject } = Promise.withResolvers<string>();
      execFile('systemctl', ['--user', ...args], (error, out, told) => {
        const problem = told.trim() || error?.message;
        if (error === null) settle(out);
        else reject(new LocalFault('SYSTEMD_FAILED', { problem }, { cause: error }));
      });
      return promise;
    },
  };
}
