// Run by npm before and after it packs a package: `exports` and `imports` name sources in the
// checkout, and compiled files in a tarball. What a package with a command runs is bundled. Works on the package in
// the current folder.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const MANIFEST = 'package.json';
/** The manifest of the checkout, put aside. One that is found was left by a pack that was killed. */
const SAVED = 'package.json.packing';
const LICENCE = 'LICENSE';
/** Where the built page is, of the command that serves it. */
const PAGE = 'dist/page';
/** Where the bundle of a command is; beside it, nothing of it is needed. */
const BUNDLE = './dist/command';

type Targets = Record<string, string>;

interface Manifest {
  name: string;
  files: string[];
  bin?: Targets;
  exports: Targets;
  imports?: Targets;
  dependencies?: Targets;
}

switch (process.argv[2]) {
  case 'prepare':
    restore();
    build();
    await prepare();
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

function buildPage(): void {
  const outDir = join(process.cwd(), PAGE);
  const options = { cwd: '../web', stdio: 'inherit' } as const;
  const { status } = spawnSync(
    'vite',
    ['build', '--logLevel', 'warn', '--outDir', outDir],
    options,
  );
  if (status !== 0) process.exit(1);
}

async function prepare(): Promise<void> {
  const manifest = readManifest('.');
  const { bin, exports, imports } = manifest;
  if (manifest.files.includes(PAGE)) buildPage();
  const packed = {
    ...manifest,
    ...(bin === undefined
      ? { imports: imports && mapValues(imports, (source) => compiled(source, '.js')) }
      : await bundled(imports ?? {}, manifest.dependencies ?? {})),
    exports: mapValues(exports, (source) => ({
      types: compiled(source, '.d.ts'),
      default: compiled(source, '.js'),
    })),
    // The scripts stay: without them, the pack after one that was killed would not restore.
    devDependencies: undefined,
  };
  copyFileSync(`../../${LICENCE}`, LICENCE);
  // Copied, not moved, and restored by a rename: a manifest is there at every moment.
  copyFileSync(MANIFEST, SAVED);
  writeFileSync(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}

/** The fields of a manifest whose `imports`, and those of our packages that it needs, are the entries of a bundle. */
async function bundled(
  imports: Targets,
  dependencies: Targets,
): Promise<Pick<Manifest, 'imports' | 'dependencies'>> {
  const sources = new Map(Object.entries(imports));
  const needed: Targets = { ...dependencies };
  for (const folder of readdirSync('..').map((name) => join('..', name))) {
    const other = readManifest(folder);
    if (dependencies[other.name] === undefined) continue;
    // what is not bundled with it is installed beside it
    Object.assign(needed, other.dependencies);
    for (const [key, source] of Object.entries(other.imports ?? {})) {
      sources.set(key, join(folder, source));
    }
  }
  const { external } = await bundle(
    Object.fromEntries([...sources].map(([key, source]) => [nameOf(key), source])),
    BUNDLE,
  );
  const isNeeded = ([name]: [string, string]): boolean =>
    external.some((imported) => imported === name || imported.startsWith(`${name}/`));
  return {
    imports: Object.fromEntries(
      [...sources.keys()].map((key) => [key, `${BUNDLE}/${nameOf(key)}.cjs`]),
    ),
    dependencies: Object.fromEntries(Object.entries(needed).filter(isNeeded)),
  };
}

/** `#cli` as `cli`. */
function nameOf(key: string): string {
  return key.replace('#', '');
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest; // our own file
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
