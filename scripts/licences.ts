// Refuses a runtime dependency whose licence would bind those who pass this program on.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Licences that ask for their notice, at most for changes to their own files. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0',
]);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LicenceReport {
  readonly count: number;
  /** As `name@version: licence`. */
  readonly refused: readonly string[];
}

/** Checks everything installed that the packages of the workspace at `root` need to run. */
export function checkLicences(root: string): LicenceReport {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  const seen = new Set(packages);
  const refused: string[] = [];
  // A set is iterated in the order of insertion, and what is added on the way is visited too.
  for (const folder of seen) {
    const manifest = readManifest(folder);
    if (!isAllowed(manifest.license)) {
      refused.push(`${manifest.name}@${manifest.version}: ${JSON.stringify(manifest.license)}`);
    }
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const found = findPackage(name, folder);
      if (found === undefined) throw new Error(`${manifest.name} needs ${name}: not installed`);
      seen.add(found);
    }
    for (const name of Object.keys(manifest.optionalDependencies ?? {})) {
      const found = findPackage(name, folder); // those of other platforms are not installed
      if (found !== undefined) seen.add(found);
    }
  }
  return { count: seen.size, refused };
}

/** Whether an SPDX expression allows what we do. Of `AND` and `OR` mixed, each part must. */
export function isAllowed(licence: unknown): boolean {
  if (typeof licence !== 'string') return false;
  const names = licence.replaceAll(/[()]/g, '').split(/ (?:AND|OR) /);
  return licence.includes(' AND ')
    ? names.every((name) => ALLOWED.has(name))
    : names.some((name) => ALLOWED.has(name));
}

/** Looks where Node would: in the `node_modules` of each folder above. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest; // npm has read it
}

if (import.meta.main) {
  const { count, refused } = checkLicences(fileURLToPath(new URL('..', import.meta.url)));
  for (const line of refused) console.error(`licence not allowed: ${line}`);
  console.log(`licences: ${count} packages, ${refused.length} refused`);
  process.exitCode = refused.length > 0 ? 1 : 0;
}
