/** Hashes that are slow on purpose, on the threads of the system's pool. */
import { pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { SlowHash } from '../ports.ts';

const stretchByScrypt = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);
const stretchByPbkdf2 = promisify(pbkdf2);

export function openSlowHash(): SlowHash {
  return {
    async scrypt(password, salt, { log2N, blockSize, parallelism }, length) {
      const N = 2 ** log2N;
      // as much as the algorithm takes, and some for the library
      const maxmem = 128 * blockSize * (N + parallelism) + 1_048_576;
      const options = { N, r: blockSize, p: parallelism, maxmem };
      return Uint8Array.from(await stretchByScrypt(password, salt, length, options));
    },
    async pbkdf2Sha512(password, salt, iterations, length) {
      return Uint8Array.from(await stretchByPbkdf2(password, salt, iterations, length, 'sha512'));
    },
  };
}
