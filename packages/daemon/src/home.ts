/** Where Coequal keeps what outlives a run: `$COEQUAL_HOME`, else the platform's convention. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What of the environment decides. */
export interface HomeFacts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** The person's own folder. */
  readonly userDirectory: string;
}

/** Absolute. */
export function homeDirectory(facts: HomeFacts = factsHere()): string {
  const { environment, platform, userDirectory } = facts;
  const chosen = environment['COEQUAL_HOME'];
  if (chosen) return resolve(chosen);
  if (platform === 'darwin')
    return join(userDirectory, 'Library', 'Application Support', 'Coequal');
  if (platform === 'win32') {
    return join(environment['APPDATA'] || join(userDirectory, 'AppData', 'Roaming'), 'Coequal');
  }
  return join(environment['XDG_DATA_HOME'] || join(userDirectory, '.local', 'share'), 'coequal');
}

/** Resume data and torrent locks. */
export function resumeDirectory(): string {
  return join(homeDirectory(), 'resume');
}

export function factsHere(): HomeFacts {
  return { environment: process.env, platform: process.platform, userDirectory: homedir() };
}
