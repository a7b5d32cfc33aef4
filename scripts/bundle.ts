// The command and its threads as few files, with all that they import: a process that loads our many small
// modules takes some 75 ms longer to start than one that loads the same from a few (`coequal get`: 202 and
// 129 ms). CommonJS, because Node gives `require` its own modules as they are, and `import` a copy of each with
// every lazy part loaded. See docs/decisions/0014-the-packed-command-is-bundled.md.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { Plugin } from 'rolldown';

const NOTICES = 'THIRD-PARTY-LICENSES.txt';
/** Files go back and forth between Windows and others. */
const INSTALLED = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/;

export interface BundleResult {
  /** What the bundle imports from packages that are installed beside it. */
  readonly external: readonly string[];
}

/** `entries`: sources by the names of their files in `directory`. */
export async function bundle(
  entries: Readonly<Record<string, string>>,
  directory: string,
): Promise<BundleResult> {
  const build = await rolldown({
    input: entries,
    platform: 'node',
    external: /^(?:node:|koffi$)/, // koffi has native code, a file for each system
    plugins: [withoutChildProcess],
  });
  const { output } = await build.write({
    dir: directory,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  await build.close();
  const chunks = output.filter((part) => part.type === 'chunk');
  writeNotices(
    chunks.flatMap(({ moduleIds }) => moduleIds),
    directory,
  );
  const own = new Set(output.map(({ fileName }) => fileName));
  const imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]);
  return { external: imports.filter((name) => !own.has(name) && !name.startsWith('node:')) };
}

/**
 * Commander can start a command that is a program of its own; we have none. What it imports for that takes 4 ms of
 * each start.
 */
const withoutChildProcess: Plugin = {
  name: 'without-child-process',
  resolveId(id, importer) {
    const isUnused =
      id === 'node:child_process' && INSTALLED.exec(importer ?? '')?.[2] === 'commander';
    return isUnused ? '\0nothing' : undefined;
  },
  load: (id) => (id === '\0nothing' ? 'export default {};' : undefined),
};

/** The licences of whatever is bundled and not ours, which ask to go with it. */
function writeNotices(modules: readonly string[], directory: string): void {
  const folders = new Map<string, string>();
  for (const id of modules) {
    const [, folder, name] = INSTALLED.exec(id) ?? [];
    if (folder !== undefined && name !== undefined) folders.set(name, folder);
  }
  const notices = [...folders.keys()]
    .toSorted()
    .map((name) => `${name}\n\n${licenceOf(folders.get(name) ?? name)}\n`);
  writeFileSync(join(directory, NOTICES), notices.join(`\n${'-'.repeat(72)}\n\n`));
}

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  const { license, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, unknown>>;
  if (typeof license !== 'string') throw new Error(`${folder} names no licence`);
  // a few packages have no more than this
  return `Licence: ${license}. By ${typeof author === 'string' ? author : JSON.stringify(author)}.`;
}
