/** Making the .torrent of 1 GiB, from the start of the process to its end. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openHasher } from '@coequal/base/node';
import { parseMetainfo } from '@coequal/bittorrent';
import { makeContent } from '../../packages/bittorrent/test/interop/content.ts';
import type { Content } from '../../packages/bittorrent/test/interop/content.ts';
import { PYTHON } from '../../packages/bittorrent/test/interop/peers/libtorrent.ts';
import { skipWithout } from '../../packages/bittorrent/test/interop/peers/program.ts';
import type { Bench, Case, Way } from '../case.ts';
import type { Figures } from '../figures.ts';
import { endedCpuSeconds } from '../process-meter.ts';
import { Stopwatch } from '../stopwatch.ts';
import { ONE_FILE } from './transfers.ts';

const run = promisify(execFile);

const MKTORRENT = '/usr/bin/mktorrent';
const LIBTORRENT = fileURLToPath(new URL('../create-libtorrent.py', import.meta.url));

const VERSIONS = ['v1', 'v2', 'hybrid'] as const;
type Version = (typeof VERSIONS)[number];

interface Tool {
  readonly name: string;
  readonly versions: readonly Version[];
  readonly command: string;
  readonly args: (version: Version, path: string, output: string) => readonly string[];
}

const { pieceLength } = ONE_FILE;

const toolsWith = (ours: string): readonly Tool[] => [
  {
    name: 'coequal',
    versions: VERSIONS,
    command: process.execPath,
    args(version, path, output) {
      const flags = [`--${version}`, '--piece-length', String(pieceLength), '--output', output];
      return [ours, 'create', path, ...flags];
    },
  },
  {
    name: 'libtorrent',
    versions: VERSIONS,
    command: PYTHON,
    args: (version, path, output) => [LIBTORRENT, version, String(pieceLength), path, output],
  },
  {
    name: 'mktorrent',
    versions: ['v1'],
    command: MKTORRENT,
    args(_version, path, output) {
      const threads = '2';
      return ['-t', threads, '-l', String(Math.log2(pieceLength)), '-o', output, path];
    },
  },
];

export async function create({ clients, command, store }: Bench): Promise<Case> {
  const content = await makeContent({ ...ONE_FILE, store });
  const hint = skipWithout(existsSync(MKTORRENT), 'install the Debian package mktorrent');
  const present = toolsWith(command).filter(({ name }) =>
    name === 'mktorrent' ? hint === false : clients.some((client) => client.name === name),
  );
  const hashes = new AgreedHashes();
  return {
    title: 'Creating the torrent of 1 GiB',
    main: 'seconds',
    figures: ['cpuSeconds'],
    length: content.metainfo.length,
    ways: VERSIONS.flatMap((version) =>
      present
        .filter(({ versions }) => versions.includes(version))
        .map((tool): Way => ({
          name: `${version}: ${tool.name}`,
          reference: `${version}: libtorrent`,
          run: (signal) => measureCreation(tool, version, content, hashes, signal),
        })),
    ),
    notes: hint === false ? [] : [`without mktorrent: ${hint}`],
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

async function measureCreation(
  { command, args }: Tool,
  version: Version,
  content: Content,
  hashes: AgreedHashes,
  signal: AbortSignal,
): Promise<Figures> {
  const folder = await content.folder();
  const output = join(folder, 'made.torrent');
  try {
    const cpuBefore = endedCpuSeconds();
    const stopwatch = new Stopwatch();
    const path = join(content.directory, content.metainfo.name);
    await run(command, args(version, path, output), { cwd: folder, signal });
    const used = endedCpuSeconds() - cpuBefore;
    const times = stopwatch.stop(used);
    await hashes.check(version, output);
    return { ...times, cpuSeconds: used };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Programs that did the same work have made the same info dictionary. */
class AgreedHashes {
  readonly #agreed = new Map<Version, string>();

  async check(version: Version, torrent: string): Promise<void> {
    await using hasher = openHasher({ workers: 1 });
    const made = parseMetainfo(await readFile(torrent), (part, kind) => hasher.hash(part, kind));
    assert.equal(made.version, version);
    const hashes = `${made.infoHash} ${made.infoHashV2}`;
    assert.equal(hashes, this.#agreed.get(version) ?? hashes, `${torrent}: info hashes`);
    this.#agreed.set(version, hashes);
  }
}
