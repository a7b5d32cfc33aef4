/** The owner's secret: made at first start, readable by the owner alone; the commands sign in with it. */
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFault } from '@coequal/base';

const SECRET_FILE = 'api-secret';
/** Nobody guesses 256 bits. */
const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Makes it if there is none. Throws LocalFault `SECRET_UNREADABLE`. */
export function openOwnerSecret(home: string): string {
  const path = join(home, SECRET_FILE);
  try {
    const made = randomBytes(SECRET_BYTES).toString('base64url');
    writeFileSync(path, made, { mode: 0o600, flag: 'wx', flush: true });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  chmodSync(path, 0o600);
  return readOwnerSecret(home);
}

/** Throws LocalFault `SECRET_UNREADABLE`. */
export function readOwnerSecret(home: string): string {
  const path = join(home, SECRET_FILE);
  let secret;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new LocalFault('SECRET_UNREADABLE', { path }, { cause });
  }
  if (!SECRET.test(secret)) throw new LocalFault('SECRET_UNREADABLE', { path });
  return secret;
}
