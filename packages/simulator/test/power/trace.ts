// What a program asked of the disk, in order, as `strace` saw it: writes, lengths, names, and what was synced.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A file, by when it was made: a name may come to be another one's. */
export type FileNumber = number;

export type Step =
  | {
      readonly type: 'write';
      readonly file: FileNumber;
      readonly at: number;
      readonly bytes: Buffer;
    }
  | { readonly type: 'truncate'; readonly file: FileNumber; readonly length: number }
  | { readonly type: 'sync'; readonly file: FileNumber }
  /** Undefined: the name goes. A folder is made, and never goes. */
  | {
      readonly type: 'name';
      readonly path: string;
      readonly is: FileNumber | 'folder' | undefined;
    }
  | { readonly type: 'sync-names'; readonly folder: string }
  /** A line that the program said on its standard output. */
  | { readonly type: 'said'; readonly line: string };

/** All by which a file or a name can change; others than those that are understood end the test. */
const CALLS = [
  'open,openat,creat,close,dup,dup2,dup3,fcntl',
  'write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,splice',
  'truncate,ftruncate,fallocate,mmap,msync,sync_file_range',
  'fsync,fdatasync,sync,syncfs',
  'rename,renameat,renameat2,link,linkat,symlink,symlinkat',
  'unlink,unlinkat,mkdir,mkdirat,rmdir',
];

/** False: programs can be traced here. */
export function whyNotTraced(): string | false {
  const { error, status } = spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
  if (error !== undefined) return 'install the Debian package strace';
  return status === 0 ? false : 'no process may be traced here, as in a container without ptrace';
}

/**
 * Runs a script of ours to its end, and gives what its first thread did below `folder`; what the other threads do there is
 * not seen. SQLite works in the thread that calls it.
 */
export async function record(
  folder: string,
  script: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<readonly Step[]> {
  const trace = join(dirname(folder), 'trace');
  const options = [
    '-qq',
    '-xx',
    '-s',
    '16777216',
    '-o',
    trace,
    '-e',
    `trace=?${CALLS.join(',').replaceAll(',', ',?')}`,
  ];
  const env = { ...process.env, ...environment };
  await promisify(execFile)('strace', [...options, process.execPath, script, ...args], { env });
  return parseTrace(readFileSync(trace, 'latin1'), folder);
}

interface OpenFile {
  readonly file: FileNumber;
  position: number;
}

/** Exported for its test alone. */
export function parseTrace(text: string, folder: string): readonly Step[] {
  const reader = new TraceReader(folder);
  for (const line of text.split('\n')) reader.take(line);
  return reader.steps;
}

class TraceReader {
  readonly steps: Step[] = [];
  readonly #folder: string;
  readonly #names = new Map<string, FileNumber>();
  readonly #open = new Map<number, OpenFile>();
  readonly #folders = new Map<number, string>();
  #files = 0;
  #saying = '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  take(line: string): void {
    const found = /^(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)/.exec(line);
    if (found === null) return; // a signal, or the end
    const [, call = '', args = '', result = ''] = found;
    const value = Number(result);
    if (result === '?' || value < 0) return; // it failed, and changed nothing
    const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) =>
      Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
    );
    const fd = Number(/^\d+/.exec(args)?.[0] ?? -1);
    const last = Number(/(-?\d+)$/.exec(args)?.[1] ?? -1);
    this.#call(call, { args, texts, fd, last, value });
  }

  #call(
    call: string,
    it: {
      readonly args: string;
      readonly texts: readonly Buffer[];
      readonly fd: number;
      readonly last: number;
      readonly value: number;
    },
  ): void {
    const { args, texts, fd, last, value } = it;
    const [bytes = Buffer.alloc(0), second] = texts;
    const open = this.#open.get(fd);
    switch (call) {
      case 'open':
      case 'openat':
      case 'creat':
        this.#opened(value, bytes.toString(), args);
        return;
      case 'close':
        this.#open.delete(fd);
        this.#folders.delete(fd);
        return;
      case 'write':
        if (fd === 1) this.#said(bytes.subarray(0, value).toString());
        if (open === undefined) return;
        this.#write(open.file, open.position, bytes.subarray(0, value));
        open.position += value;
        return;
      case 'pwrite64':
        if (open !== undefined) this.#write(open.file, last, bytes.subarray(0, value));
        return;
      case 'ftruncate':
        if (open !== undefined)
          this.steps.push({ type: 'truncate', file: open.file, length: last });
        return;
      case 'fsync':
      case 'fdatasync': {
        const folder = this.#folders.get(fd);
        if (open !== undefined) this.steps.push({ type: 'sync', file: open.file });
        if (folder !== undefined) this.steps.push({ type: 'sync-names', folder });
        return;
      }
      case 'unlink':
      case 'unlinkat':
        this.#name(bytes.toString(), undefined);
        return;
      case 'mkdir':
      case 'mkdirat':
        if (this.#isBelow(bytes.toString())) this.#name(bytes.toString(), 'folder');
        return;
      case 'mmap': {
        const mapped = this.#open.get(Number(/MAP_SHARED\w*, (\d+),/.exec(args)?.[1] ?? -1));
        const isWritten = mapped !== undefined && args.includes('PROT_WRITE');
        // only the index of the WAL, which is worth nothing after a crash
        assert.ok(!isWritten || this.#isIndex(mapped.file), 'a mapped file is not understood');
        return;
      }
      case 'fcntl':
        assert.ok(open === undefined || !args.includes('F_DUPFD'), `not understood: ${call}`);
        return;
      default: {
        const paths = [bytes, second ?? Buffer.alloc(0)].map((text) => text.toString());
        const isOurs = open !== undefined || paths.some((path) => this.#isBelow(path));
        assert.ok(!isOurs, `not understood: ${call}(${args.slice(0, 200)}`);
      }
    }
  }

  #isBelow(path: string): boolean {
    return path.startsWith(`${this.#folder}/`);
  }

  #isIndex(file: FileNumber): boolean {
    return [...this.#names].some(([path, number]) => number === file && path.endsWith('-shm'));
  }

  #opened(fd: number, path: string, flags: string): void {
    this.#open.delete(fd);
    this.#folders.delete(fd);
    if (path === this.#folder || this.#isBelow(path)) this.#folders.set(fd, path);
    if (!this.#isBelow(path)) return;
    let file = this.#names.get(path);
    if (file === undefined) {
      if (!flags.includes('O_CREAT')) return; // a folder
      file = ++this.#files;
      this.#name(path, file);
    }
    this.#folders.delete(fd);
    this.#open.set(fd, { file, position: 0 });
    assert.ok(!flags.includes('O_APPEND'), 'appending is not understood');
    if (flags.includes('O_TRUNC')) this.steps.push({ type: 'truncate', file, length: 0 });
  }

  #name(path: string, is: FileNumber | 'folder' | undefined): void {
    if (!this.#isBelow(path)) return;
    if (typeof is === 'number') this.#names.set(path, is);
    if (is === undefined) this.#names.delete(path);
    this.steps.push({ type: 'name', path, is });
  }

  #write(file: FileNumber, at: number, bytes: Buffer): void {
    this.steps.push({ type: 'write', file, at, bytes });
  }

  #said(text: string): void {
    const lines = (this.#saying + text).split('\n');
    this.#saying = lines.pop() ?? '';
    for (const line of lines) this.steps.push({ type: 'said', line });
  }
}
