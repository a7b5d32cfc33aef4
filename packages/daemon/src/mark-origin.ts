/**
 * The mark of what came from somebody else, which the system looks at before it opens such a file: on Windows a stream
 * of the file (`Zone.Identifier`: Explorer, Office, SmartScreen), on macOS an attribute (`com.apple.quarantine`:
 * Gatekeeper). On Linux desktops an attribute says where a file is from (`user.xdg.origin.url`), and file managers show
 * it. Disks that keep neither (FAT) have no mark.
 */
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodeUtf8 } from '@coequal/base';
import { loadSetAttribute } from './system-calls.ts';

/** Zone 3 is the internet: programs of it ask before they run. */
const ZONE = '[ZoneTransfer]\r\nZoneId=3\r\n';

/** Flags: it was handed over, and nobody has agreed to open it; as AirDrop sets them. */
const QUARANTINE_FLAGS = '0081';

/** No address: it is kept with the file, and goes wherever that goes. */
const ORIGIN_URL = 'coequal:received';

/** What to set, of which files. */
export interface OriginMark {
  readonly type: 'stream' | 'attribute';
  readonly paths: readonly string[];
  readonly name: string;
  readonly text: string;
}

/** What came: `root`, and the files in it, which is itself if it is one. */
export interface Received {
  readonly root: string;
  readonly files: readonly string[];
}

/** Undefined: this system has none. `epochMs`: when it came. */
export function originMarkOf(
  platform: NodeJS.Platform,
  { root, files }: Received,
  epochMs: number,
): OriginMark | undefined {
  switch (platform) {
    case 'win32':
      return { type: 'stream', paths: files, name: 'Zone.Identifier', text: ZONE };
    case 'darwin': {
      const seconds = Math.floor(epochMs / 1_000).toString(16);
      const text = `${QUARANTINE_FLAGS};${seconds};Coequal;`;
      // a program of macOS is a folder
      const paths = [...foldersOf(root, files), ...files];
      return { type: 'attribute', paths, name: 'com.apple.quarantine', text };
    }
    case 'linux':
      return { type: 'attribute', paths: files, name: 'user.xdg.origin.url', text: ORIGIN_URL };
    default:
      return undefined;
  }
}

/** What cannot be marked is not: that is no reason to keep back what somebody has agreed to. */
export async function markOrigin(received: Received, epochMs: number): Promise<void> {
  const mark = originMarkOf(process.platform, received, epochMs);
  if (mark === undefined) return;
  const { name, text, paths } = mark;
  if (mark.type === 'stream') {
    for (const path of paths) await writeFile(`${path}:${name}`, text).catch(() => undefined);
    return;
  }
  const set = await loadSetAttribute();
  if (set === undefined) return;
  const value = encodeUtf8(text);
  for (const path of paths) await set(path, name, value);
}

/** Of the files, from `root` down. */
function foldersOf(root: string, files: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const file of files)
    for (let at = file; at !== root && !folders.has(dirname(at)); at = dirname(at))
      folders.add(dirname(at));
  return [...folders];
}
