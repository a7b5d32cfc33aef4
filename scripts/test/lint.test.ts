// Lints bad files, because a rule that is set wrongly matches nothing and says nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the rules that read types need; without `types`, which are not installed there. */
const TSCONFIG = JSON.stringify({
  compilerOptions: { strict: true, target: 'esnext', module: 'nodenext', types: [] },
});

interface Case {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  /** Of the form `plugin(rule)`; none if the file is good. */
  readonly rules: readonly string[];
}

const IMPORTS = 'eslint(no-restricted-imports)';
const GLOBALS = 'eslint(no-restricted-globals)';
const PROPERTIES = 'eslint(no-restricted-properties)';

const CASES: readonly Case[] = [
  {
    name: 'core may import base and its own folders',
    path: 'packages/bittorrent/src/core/dht/good.ts',
    source: `import { a } from '@coequal/base';
import { b } from '../blocks.ts';
import { c } from './table.ts';
export const all = [a, b, c];`,
    rules: [],
  },
  {
    name: 'core may not import Node',
    path: 'packages/bittorrent/src/core/bad.ts',
    source: `export { readFileSync } from 'node:fs';`,
    rules: [IMPORTS],
  },
  {
    name: 'core may not import Node by way of base',
    path: 'packages/bittorrent/src/core/bad.ts',
    source: `export { NodeNet } from '@coequal/base/node';`,
    rules: [IMPORTS],
  },
  {
    name: 'core may not import io',
    path: 'packages/bittorrent/src/core/bad.ts',
    source: `export { disk } from '../io/disk.ts';`,
    rules: [IMPORTS],
  },
  {
    name: 'a folder in core may not import what is beside core',
    path: 'packages/bittorrent/src/core/dht/bad.ts',
    source: `export { engine } from '../../engine.ts';`,
    rules: [IMPORTS],
  },
  {
    name: 'a deep folder in core may not import io',
    path: 'packages/bittorrent/src/core/dht/table/bad.ts',
    source: `export { disk } from '../../../io/disk.ts';`,
    rules: [IMPORTS],
  },
  {
    name: 'core may not import a package',
    path: 'packages/bittorrent/src/core/bad.ts',
    source: `export { Command } from 'commander';`,
    rules: [IMPORTS],
  },
  ...['Date.now()', 'new Date()', 'setTimeout(f, 1)', 'fetch(f)', 'Buffer.from(f)'].map(
    (expression): Case => ({
      name: `core may not use ${expression}`,
      path: 'packages/bittorrent/src/core/bad.ts',
      source: `export const bad = (f: () => string): unknown => [f, ${expression}];`,
      rules: [GLOBALS],
    }),
  ),
  ...['Math.random()', 'globalThis.Date'].map((expression): Case => ({
    name: `core may not use ${expression}`,
    path: 'packages/bittorrent/src/core/bad.ts',
    source: `export const bad = ${expression};`,
    rules: [PROPERTIES],
  })),
  {
    name: 'the I/O of an engine may not import Node either',
    path: 'packages/bittorrent/src/io/bad.ts',
    source: `export { connect } from 'node:net';`,
    rules: [IMPORTS],
  },
  {
    name: 'nothing in bittorrent may load the ports of Node',
    path: 'packages/bittorrent/src/torrent.ts',
    source: `export const ports = await import('@coequal/base/node');`,
    rules: [IMPORTS],
  },
  {
    name: 'bittorrent may not import the command',
    path: 'packages/bittorrent/src/bad.ts',
    source: `export { main } from 'coequal';`,
    rules: [IMPORTS],
  },
  {
    name: 'bittorrent may not import the simulator',
    path: 'packages/bittorrent/src/bad.ts',
    source: `export { World } from '@coequal/simulator';`,
    rules: [IMPORTS],
  },
  {
    name: 'the tests of bittorrent may import the simulator and Node',
    path: 'packages/bittorrent/test/good.test.ts',
    source: `export { World } from '@coequal/simulator';\nexport { connect } from 'node:net';`,
    rules: [],
  },
  {
    name: 'base may not import bittorrent',
    path: 'packages/base/src/bad.ts',
    source: `export { Engine } from '@coequal/bittorrent';`,
    rules: [IMPORTS],
  },
  {
    name: 'base may not import Node',
    path: 'packages/base/src/bad.ts',
    source: `export { readFile } from 'node:fs/promises';`,
    rules: [IMPORTS],
  },
  {
    name: 'base/node may import Node and base',
    path: 'packages/base/src/node/good.ts',
    source: `export { readFile } from 'node:fs/promises';
export { connect } from 'node:net';
export { bytes } from '../bytes.ts';
export const now = Date.now();`,
    rules: [],
  },
  {
    name: 'base/node may not import bittorrent',
    path: 'packages/base/src/node/bad.ts',
    source: `export { Engine } from '@coequal/bittorrent';`,
    rules: [IMPORTS],
  },
  {
    name: 'the simulator may not use sockets',
    path: 'packages/simulator/src/bad.ts',
    source: `export { connect } from 'node:net';`,
    rules: [IMPORTS],
  },
  {
    name: 'the simulator may not tell the time',
    path: 'packages/simulator/src/bad.ts',
    source: `export const now = Date.now();`,
    rules: [GLOBALS],
  },
  {
    name: 'the command may import engines and Node',
    path: 'packages/daemon/src/good.ts',
    source: `export { Engine } from '@coequal/bittorrent';
export { NodeNet } from '@coequal/base/node';
export { join } from 'node:path';`,
    rules: [],
  },
  {
    name: 'the command may not import the simulator',
    path: 'packages/daemon/src/bad.ts',
    source: `export { World } from '@coequal/simulator';`,
    rules: [IMPORTS],
  },
  {
    name: 'a default export is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `export default 1;`,
    rules: ['import(no-default-export)'],
  },
  {
    name: 'any is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `export const bad: any = 1;`,
    rules: ['typescript(no-explicit-any)'],
  },
  {
    name: 'a non-null assertion is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `export const bad = (text: string | undefined): string => text!;`,
    rules: ['typescript(no-non-null-assertion)'],
  },
  {
    name: 'a floating promise is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `declare function wait(): Promise<void>;\nexport const bad = (): void => {\n  wait();\n};`,
    rules: ['typescript(no-floating-promises)'],
  },
  {
    name: 'a switch that misses a case is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `export function bad(state: 'open' | 'closed'): void {
  switch (state) {
    case 'open':
  }
}`,
    rules: ['typescript(switch-exhaustiveness-check)'],
  },
  {
    name: 'a file of 401 lines is refused',
    path: 'packages/daemon/src/bad.ts',
    source: '// a line\n'.repeat(400) + 'export const bad = 1;',
    rules: ['eslint(max-lines)'],
  },
  {
    name: 'a function of 71 lines is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `export function bad(): number {\n${'  // a line\n'.repeat(68)}  return 1;\n}\n`,
    rules: ['eslint(max-lines-per-function)'],
  },
  {
    name: 'a file name in camel case is refused',
    path: 'packages/daemon/src/badName.ts',
    source: `export const bad = 1;`,
    rules: ['unicorn(filename-case)'],
  },
  {
    name: 'an empty catch is refused',
    path: 'packages/daemon/src/bad.ts',
    source: `export function bad(f: () => void): void {\n  try {\n    f();\n  } catch {}\n}`,
    rules: ['eslint(no-empty)'],
  },
];

describe('the lint rules', () => {
  const found = new Map<string, string[]>(); // by path, what lint says

  before(() => {
    // Outside the checkout, where the other checks would find the bad files; all in one run.
    using folder = mkdtempDisposableSync(join(tmpdir(), 'coequal-lint-'));
    cpSync(join(ROOT, '.oxlintrc.json'), join(folder.path, '.oxlintrc.json'));
    writeFileSync(join(folder.path, 'tsconfig.json'), TSCONFIG);
    for (const [index, { path, source }] of CASES.entries()) {
      const file = join(folder.path, numbered(path, index));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, source);
    }
    for (const { filename, code } of lint(folder.path)) {
      found.set(filename, [...(found.get(filename) ?? []), code]);
    }
  });

  for (const [index, { name, path, rules }] of CASES.entries()) {
    test(name, () => {
      assert.deepEqual(found.get(numbered(path, index))?.toSorted() ?? [], rules);
    });
  }
});

/** The many cases of one path get files of their own. */
function numbered(path: string, index: number): string {
  return path.replace(/(?:bad|good)\w*/, `$&-${index}`);
}

function lint(folder: string): { filename: string; code: string }[] {
  const oxlint = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format', 'json'], {
    cwd: folder,
    env: { ...process.env, OXLINT_TSGOLINT_PATH: join(ROOT, 'node_modules/.bin/tsgolint') },
    encoding: 'utf8',
  });
  const output = JSON.parse(oxlint.stdout) as {
    diagnostics: { filename: string; code: string }[];
  };
  return output.diagnostics;
}
