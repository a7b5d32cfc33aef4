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

/** Node, and libraries that have a file for each system, or ask for one that has. */
const WITH_NATIVE_CODE =
  /^(?:node:|(?:koffi|hyperdht|blind-relay|@hyperswarm\/secret-stream)(?:\/|$))/;

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
    external: WITH_NATIVE_CODE,
    plugins: [withoutUnused, asAscii],
  });
  const { output } = await build.write({
    dir: directory,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    // the text of a script stays in memory as long as a function of it may yet be compiled
    comments: false,
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
 * What libraries import for what we do not ask of them. Each was a part of every start, or of the text that
 * stays in memory: together half of the 2.1 MB of it that `up` loads.
 */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  // a command that is a program of its own
  commander: ['node:child_process'],
  fastify: [
    // checks and answers by a route's schema: request-reader.ts checks, and answers are plain JSON
    '@fastify/ajv-compiler',
    '@fastify/fast-json-stringify-compiler',
    './logger-pino.js', // of `logger`
    'light-my-request', // of `inject`, in tests
    '@fastify/proxy-addr', // of `trustProxy`
    'node:http2',
  ],
  // of `wildcard: false`: page.ts finds the files itself
  '@fastify/static': ['glob'],
};

const withoutUnused: Plugin = {
  name: 'without-unused',
  resolveId(id, importer) {
    const [, , name = ''] = INSTALLED.exec(importer ?? '') ?? [];
    return UNUSED[name]?.includes(id) === true ? '\0nothing' : undefined;
  },
  load: (id) => (id === '\0nothing' ? 'export default {};' : undefined),
};

/** One letter beyond Latin-1 makes V8 keep two bytes for each of its file. */
const asAscii: Plugin = {
  name: 'as-ascii',
  // not as a chunk is rendered: comments are taken out after that, and escapes with them
  generateBundle(_options, output) {
    for (const part of Object.values(output))
      if (part.type === 'chunk') part.code = part.code.replaceAll(/[^\0-\x7f]/g, escapeUnit);
  },
};

/** Means the same in a string, a template, a regular expression and a name, but not of `String.raw`. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

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
