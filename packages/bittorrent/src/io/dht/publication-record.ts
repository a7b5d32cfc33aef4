/** What was published last under a key, so that no version number is used twice when the DHT has forgotten it. */
import { joinPath, LocalFault, PeerFault } from '@coequal/base';
import type { Ports, SafePath } from '@coequal/base';
import { BencodeDictionary, decodeBencode, encodeBencode } from '../../core/bencode.ts';
import type { DhtKey } from '../../core/dht/node-id.ts';
import { idBytes, INFO_HASH_LENGTH, infoHashOf } from '../../core/ids.ts';
import type { InfoHash } from '../../core/ids.ts';
import { makeDurableDirectory, readWhole, replaceWhole } from '../storage/whole-file.ts';

/** Of the stored form; it changes when a reader of the old one would go wrong. */
const VERSION = 1;

const RECORD_LIMITS = { lengthMax: 256, depthMax: 2, countMax: 16 };

export interface PublishedVersion {
  readonly sequence: number;
  readonly infoHash: InfoHash;
}

export class PublicationRecord {
  readonly #directory: SafePath | undefined;
  readonly #name: string;
  readonly #ports: Pick<Ports, 'disk' | 'random'>;

  /** Without a directory nothing is remembered. */
  constructor(directory: SafePath | undefined, key: DhtKey, ports: Pick<Ports, 'disk' | 'random'>) {
    this.#directory = directory;
    this.#name = `published-${key}.state`;
    this.#ports = ports;
  }

  /** Undefined when there is none that can be read. */
  async read(): Promise<PublishedVersion | undefined> {
    if (this.#directory === undefined) return undefined;
    const path = joinPath(this.#directory, this.#name);
    try {
      const bytes = await readWhole(this.#ports.disk, path, RECORD_LIMITS.lengthMax);
      return bytes && decodeRecord(bytes);
    } catch (error) {
      if (error instanceof LocalFault || error instanceof PeerFault) return undefined;
      throw error;
    }
  }

  /** Rejects with the LocalFaults of Disk. */
  async write({ sequence, infoHash }: PublishedVersion): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return;
    const { disk, random } = this.#ports;
    const suffix = Math.floor(random.number() * 2 ** 32).toString(16);
    const temporary = joinPath(directory, `${this.#name}.${suffix}`);
    const bytes = encodeBencode({ ih: idBytes(infoHash), seq: sequence, version: VERSION });
    await makeDurableDirectory(disk, directory);
    await replaceWhole(disk, joinPath(directory, this.#name), temporary, bytes);
  }
}

function decodeRecord(bytes: Uint8Array): PublishedVersion | undefined {
  const decoded = decodeBencode(bytes, RECORD_LIMITS);
  if (!(decoded instanceof BencodeDictionary) || decoded.integer('version') !== VERSION)
    return undefined;
  const [ih, sequence] = [decoded.bytes('ih'), decoded.integer('seq')];
  if (ih?.length !== INFO_HASH_LENGTH || sequence === undefined) return undefined;
  return { sequence, infoHash: infoHashOf(ih) };
}
