// Run by npm before and after it packs a package: `exports` and `imports` name sources in the
// checkout, and compiled files in a tarball. Works on the package in the current folder.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const MANIFEST = 'package.json';
/** The manifest of the checkout, put aside. One that is found was left by a pack that was killed. */
const SAVED = 'package.json.packing';
const LICENCE = 'LICENSE';

type Targets = Record<string, string>;

interface Manifest {
  exports: Targets;
  imports?: Targets;
}

switch (process.argv[2]) {
  case 'prepare':
    restore();
    build();
    prepare();
    break;
  case 'restore':
    restore();
    break;
  default:
    console.error('usage: node ../../scripts/pack.ts prepare | restore');
    process.exitCode = 1;
}

function build(): void {
  rmSync('dist', { recursive: true, force: true }); // else files of deleted sources would be packed
  const { status } = spawnSync('tsc', ['--build', '--force'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1); // tsc has said why, and npm stops here
}

function prepare(): void {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest; // our own file
  const { exports, imports } = manifest;
  const packed = {
    ...manifest,
    exports: mapValues(exports, (source) => ({
      types: compiled(source, '.d.ts'),
      default: compiled(source, '.js'),
    })),
    imports: imports && mapValues(imports, (source) => compiled(source, '.js')),
    // The scripts stay: without them, the pack after one that was killed would not restore.
    devDependencies: undefined,
  };
  copyFileSync(`../../${LICENCE}`, LICENCE);
  // Copied, not moved, and restored by a rename: a manifest is there at every moment.
  copyFileSync(MANIFEST, SAVED);
  writeFileSync(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}

function restore(): void {
  if (existsSync(SAVED)) renameSync(SAVED, MANIFEST);
  rmSync(LICENCE, { force: true });
}

/** `./src/a.ts` as `./dist/a.js`. */
function compiled(source: string, extension: string): string {
  return source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, extension);
}

function mapValues<T>(targets: Targets, map: (target: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(targets).map(([key, target]) => [key, map(target)]));
}
