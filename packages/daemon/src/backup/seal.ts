/**
 * Seals a stream of bytes with a pass phrase. The key comes from scrypt (RFC 7914); each chunk is sealed by AES-256-GCM
 * under a nonce of its number and whether it is the last (the STREAM construction), so that chunks that were changed,
 * left out, swapped or cut off at the end are found.
 *
 *   magic (16) | log2 N (1) | salt (16) | nonce prefix (7) | sealed chunks, each 64 KiB and a tag of 16 bytes
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { LocalFault } from '@coequal/base';

/** The last byte is the version of the form. */
const MAGIC = Buffer.from('COEQUAL-BACKUP\u0000\u0001', 'latin1');
const SALT_LENGTH = 16;
const PREFIX_LENGTH = 7;
const HEADER_LENGTH = MAGIC.length + 1 + SALT_LENGTH + PREFIX_LENGTH;
const TAG_LENGTH = 16;
const CHUNK_LENGTH = 65_536;
/** 128 MiB and about half a second for each guess (OWASP names 2^17 for scrypt). */
const SCRYPT_LOG_N = 17;
/** A file that asks for more memory than this is not opened. */
const SCRYPT_LOG_N_MAX = 20;
const SCRYPT_BLOCK_SIZE = 8;

const deriveKey = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

export async function* seal(
  plain: AsyncIterable<Uint8Array>,
  passPhrase: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const salt = randomBytes(SALT_LENGTH);
  const prefix = randomBytes(PREFIX_LENGTH);
  const key = await keyOf(passPhrase, salt, SCRYPT_LOG_N);
  const header = Buffer.concat([MAGIC, Buffer.of(SCRYPT_LOG_N), salt, prefix]);
  yield header;
  let number = 0;
  for await (const { bytes, isLast } of chunked(plain, CHUNK_LENGTH)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(prefix, number, isLast));
    cipher.setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** Throws LocalFault `BACKUP_UNKNOWN`, `PASS_PHRASE_WRONG`, or, later, `BACKUP_DAMAGED`. */
export async function* unseal(
  sealed: AsyncIterable<Uint8Array>,
  passPhrase: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = sealed[Symbol.asyncIterator]();
  const { header, rest } = await readHeader(source);
  const logN = header[MAGIC.length] ?? 0;
  if (!MAGIC.equals(header.subarray(0, MAGIC.length)) || logN < 1 || logN > SCRYPT_LOG_N_MAX)
    throw new LocalFault('BACKUP_UNKNOWN');
  const salt = header.subarray(MAGIC.length + 1, MAGIC.length + 1 + SALT_LENGTH);
  const prefix = header.subarray(-PREFIX_LENGTH);
  const key = await keyOf(passPhrase, salt, logN);
  let number = 0;
  const chunks = chunked(joined(rest, source), CHUNK_LENGTH + TAG_LENGTH);
  for await (const { bytes, isLast } of chunks) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(prefix, number, isLast));
    decipher.setAAD(header);
    const end = bytes.length - TAG_LENGTH;
    if (end < 0) throw new LocalFault('BACKUP_DAMAGED');
    decipher.setAuthTag(bytes.subarray(end));
    yield opened(decipher, bytes.subarray(0, end), number === 0);
    number += 1;
  }
}

function opened(
  decipher: ReturnType<typeof createDecipheriv>,
  bytes: Uint8Array,
  isFirst: boolean,
): Uint8Array {
  const plain = decipher.update(bytes);
  try {
    decipher.final();
  } catch (cause) {
    throw new LocalFault(isFirst ? 'PASS_PHRASE_WRONG' : 'BACKUP_DAMAGED', {}, { cause });
  }
  return plain;
}

async function keyOf(passPhrase: string, salt: Uint8Array, logN: number): Promise<Buffer> {
  const cost = 2 ** logN;
  const maxmem = 2 * 128 * cost * SCRYPT_BLOCK_SIZE;
  const options = { N: cost, r: SCRYPT_BLOCK_SIZE, p: 1, maxmem };
  // the same letters may be typed in several ways
  return await deriveKey(passPhrase.normalize('NFKC'), salt, 32, options);
}

function nonceOf(prefix: Uint8Array, number: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(PREFIX_LENGTH + 5);
  nonce.set(prefix);
  nonce.writeUInt32BE(number, PREFIX_LENGTH);
  nonce[PREFIX_LENGTH + 4] = isLast ? 1 : 0;
  return nonce;
}

async function readHeader(
  source: AsyncIterator<Uint8Array>,
): Promise<{ readonly header: Buffer; readonly rest: Uint8Array }> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < HEADER_LENGTH) {
    const { value, done } = await source.next();
    if (done === true) throw new LocalFault('BACKUP_UNKNOWN');
    bytes = Buffer.concat([bytes, value]);
  }
  return { header: bytes.subarray(0, HEADER_LENGTH), rest: bytes.subarray(HEADER_LENGTH) };
}

async function* joined(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** Of equal length but the last, which there always is, and which may be empty. */
async function* chunked(
  source: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isLast: boolean }, void, undefined> {
  let waiting = Buffer.alloc(0);
  for await (const bytes of source) {
    waiting = Buffer.concat([waiting, bytes]);
    // what fills a chunk exactly may be the last: it is known when more comes
    for (; waiting.length > length; waiting = waiting.subarray(length))
      yield { bytes: waiting.subarray(0, length), isLast: false };
  }
  yield { bytes: waiting, isLast: true };
}
