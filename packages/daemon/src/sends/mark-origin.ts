/**
 * The mark of what came from elsewhere, where Node can set it: on Windows a stream of the file, `Zone.Identifier`, which
 * Explorer, Office and SmartScreen look at. The marks of macOS (`com.apple.quarantine`) and of Linux desktops
 * (`user.xdg.origin.url`) are extended attributes, for which Node has no call.
 */
import { writeFile } from 'node:fs/promises';
import { platform } from 'node:process';

/** Zone 3 is the internet: programs of it ask before they run. */
const ZONE = '[ZoneTransfer]\r\nZoneId=3\r\n';

/** Not on a disk that has no such streams (FAT): there is nothing to mark then. */
export async function markOrigin(paths: readonly string[]): Promise<void> {
  if (platform !== 'win32') return;
  for (const path of paths) await writeFile(`${path}:Zone.Identifier`, ZONE).catch(() => undefined);
}
