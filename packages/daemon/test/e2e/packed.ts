/** Packs the packages as for a release, and installs the tarballs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../../..', import.meta.url));
export const PACKED: readonly string[] = ['base', 'bittorrent', 'daemon'];

export interface Packed {
  /** The copy of the checkout that was packed. */
  readonly checkout: string;
  /** The folder that the tarballs were installed into. */
  readonly installed: string;
  /** Their paths. */
  readonly tarballs: readonly string[];
}

/** All of it is put into `folder`. */
export function installPacked(folder: string): Packed {
  const checkout = join(folder, 'checkout');
  const installed = join(folder, 'installed');
  copyCheckout(checkout);
  const tarballs = PACKED.map((name) => {
    return join(folder, pack(join(checkout, 'packages', name), folder));
  });
  mkdirSync(installed);
  writeFileSync(join(installed, 'package.json'), '{ "private": true }');
  npm(['install', '--prefer-offline', ...tarballs], installed);
  return { checkout, installed, tarballs };
}

/** Packing rewrites manifests: in a copy it disturbs nothing that runs from the checkout. */
function copyCheckout(target: string): void {
  for (const name of ['package.json', 'tsconfig.base.json', '.gitignore', 'scripts', 'LICENSE']) {
    cpSync(join(ROOT, name), join(target, name), { recursive: true });
  }
  const isCopied = (path: string): boolean => !/^(node_modules|dist|test)$/.test(basename(path));
  cpSync(join(ROOT, 'packages'), join(target, 'packages'), { recursive: true, filter: isCopied });
  link(join(ROOT, 'node_modules'), join(target, 'node_modules'));
}

/** Links to what is installed, and to the copies of our own packages. */
function link(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (name === '@coequal') link(path, join(to, name));
    else if (realpathSync(path).startsWith(join(ROOT, 'packages'))) {
      const copy = join(dirname(to.replace(/@coequal$/, '')), 'packages');
      symlinkSync(join(copy, basename(realpathSync(path))), join(to, name));
    } else symlinkSync(path, join(to, name));
  }
}

/** Returns the name of the tarball, which is written to `target`. */
export function pack(folder: string, target: string): string {
  const output = npm(['pack', '--json', '--pack-destination', target], folder);
  const [packed] = Object.values(JSON.parse(output) as Record<string, { filename: string }>);
  assert.ok(packed);
  return packed.filename;
}

export function npm(args: readonly string[], cwd: string): string {
  return run('npm', [...args, '--loglevel=silent'], cwd);
}

/** On the Node that runs this, which is the first on the path. */
export function run(program: string, args: readonly string[], cwd: string): string {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
}
