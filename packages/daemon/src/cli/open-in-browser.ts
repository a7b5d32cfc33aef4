/** Opens an address with whatever the system opens addresses with; nothing happens where there is none. */
import { spawn } from 'node:child_process';

export function openInBrowser(url: string): void {
  const [command, ...before] = openerOf(process.platform);
  const opener = spawn(command, [...before, url], { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined); // the address was printed
  opener.unref();
}

function openerOf(platform: string): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', '""'];
  return ['xdg-open'];
}
