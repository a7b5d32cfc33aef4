/**
 * The digests of all records that own devices share, by the first byte of what each is of, and the summary of them. What
 * changed since a summary was made is all that the next one costs. Invariant: a key is in one bucket, if it has a digest.
 */
import { assert, concatBytes, parseHex } from '@coequal/base';
import { OWN_BUCKETS, OWN_DIGEST_LENGTH, OWN_SUMMARY_LENGTH, ownDigest } from './own-wire.ts';

export class OwnDigests {
  readonly #buckets: readonly Map<string, Uint8Array>[] = Array.from(
    { length: OWN_BUCKETS },
    () => new Map<string, Uint8Array>(),
  );
  readonly #summary = new Uint8Array(OWN_SUMMARY_LENGTH);
  /** Whose digest in the summary is an old one. */
  readonly #stale = new Set<number>();

  get(key: string): Uint8Array | undefined {
    return this.#of(key).get(key);
  }

  /** Undefined: there is no such record. */
  set(key: string, digest: Uint8Array | undefined): void {
    const bucket = this.#of(key);
    if (digest === undefined) bucket.delete(key);
    else bucket.set(key, digest);
    this.#stale.add(bucketOf(key));
  }

  /** In their order. */
  keys(bucket: number): readonly string[] {
    return [...(this.#buckets[bucket]?.keys() ?? [])].toSorted();
  }

  /** Brings some parts of the summary up to date, so many at most. Whether there are more. */
  sum(bucketsMax: number): boolean {
    for (const bucket of [...this.#stale].slice(0, bucketsMax)) this.#sum(bucket);
    return this.#stale.size > 0;
  }

  summary(): Uint8Array {
    this.sum(OWN_BUCKETS);
    return this.#summary.slice();
  }

  #sum(bucket: number): void {
    this.#stale.delete(bucket);
    const at = bucket * OWN_DIGEST_LENGTH;
    const digests = this.keys(bucket).flatMap((key) => this.get(key) ?? []);
    if (digests.length === 0) this.#summary.fill(0, at, at + OWN_DIGEST_LENGTH);
    else this.#summary.set(ownDigest(concatBytes(digests)), at);
  }

  #of(key: string): Map<string, Uint8Array> {
    const bucket = this.#buckets[bucketOf(key)];
    assert(bucket !== undefined, 'a byte has a bucket');
    return bucket;
  }
}

/** By the first byte of the person or of the invitation; the name is in the first. */
function bucketOf(key: string): number {
  return parseHex(key.slice(1, 3))?.[0] ?? 0;
}
