/** Mounting takes root, and not every container lets even root do it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** False: a small disk can be mounted. */
export function whyNoMount(): string | false {
  if (process.getuid?.() !== 0) return 'only root can make a small disk';
  const folder = mkdtempSync(join(tmpdir(), 'coequal-mount-'));
  try {
    const place = join(folder, 'a');
    mkdirSync(place);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
    if (status !== 0) return 'file systems cannot be mounted here';
    spawnSync('umount', [place]);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
