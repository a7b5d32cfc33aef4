/** A file with a secret key (Ed25519) in the form that other programs use as well: PKCS #8 in PEM (RFC 7468, 8410). */
import { randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { equalBytes, LocalFault } from '@coequal/base';
import { errnoOf } from '../errno.ts';

const KEY_LENGTH = 32;

/** What comes before the key in PKCS #8 (RFC 8410). */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key in this form has about 120 bytes; some write a comment before it. */
const FILE_LENGTH_MAX = 16_384;

/** The owner alone may read it: who has it can publish in his name. */
const MODE = 0o600;

export interface OpenedKey {
  readonly secret: Uint8Array;
  readonly isNew: boolean;
  /** Others on this computer can read it. */
  readonly isExposed: boolean;
}

/**
 * Reads it, or makes it if there is none; what is there is never overwritten. Throws LocalFault `KEY_FILE_BAD`, or
 * `KEY_FILE_FAILED` with the `errno`.
 */
export async function openKeyFile(file: string): Promise<OpenedKey> {
  const path = resolve(file);
  try {
    const found = await readKey(path);
    if (found !== undefined) return found;
    const secret = Uint8Array.from(randomBytes(KEY_LENGTH));
    if (await writeKey(path, secret)) return { secret, isNew: true, isExposed: false };
    const other = await readKey(path); // made meanwhile
    if (other === undefined) throw new LocalFault('KEY_FILE_BAD', { path });
    return other;
  } catch (cause) {
    if (cause instanceof LocalFault) throw cause;
    throw new LocalFault('KEY_FILE_FAILED', { path, errno: errnoOf(cause) }, { cause });
  }
}

async function readKey(path: string): Promise<OpenedKey | undefined> {
  try {
    await using handle = await open(path);
    const { mode, size } = await handle.stat();
    if (size > FILE_LENGTH_MAX) throw new LocalFault('KEY_FILE_BAD', { path });
    const secret = parseKey(await handle.readFile('latin1'));
    if (secret === undefined) throw new LocalFault('KEY_FILE_BAD', { path });
    const isExposed = process.platform !== 'win32' && (mode & 0o077) !== 0;
    return { secret, isNew: false, isExposed };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined when it is none of Ed25519. */
function parseKey(text: string): Uint8Array | undefined {
  const [, base64 = ''] =
    /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(text) ?? [];
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const [prefix, secret] = [bytes.subarray(0, PREFIX.length), bytes.subarray(PREFIX.length)];
  return secret.length === KEY_LENGTH && equalBytes(prefix, PREFIX) ? secret : undefined;
}

/** Whole and durable or not at all; false when another file is there. */
async function writeKey(path: string, secret: Uint8Array): Promise<boolean> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
  const base64 = Buffer.concat([PREFIX, secret]).toString('base64');
  try {
    await using handle = await open(temporary, 'wx', MODE);
    await handle.writeFile(`-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`);
    await handle.sync();
    await link(temporary, path); // unlike a rename, it replaces nothing
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await using directory = await open(dirname(path));
  await directory.sync();
  return true;
}
