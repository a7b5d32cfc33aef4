// docs/limits.md says what the code says: each constant that it names is there with that value, and
// each that is a limit by its name is in a table.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

const PACKAGES = fileURLToPath(new URL('../../packages', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../docs/limits.md', import.meta.url));

const SOURCES = '{base,bittorrent,contract,daemon,mesh}/src/**/*.ts';
const IS_LIMIT = /(_MAX|_LIMITS|_TIMEOUT_MS)$/;
const DECLARATION = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: [^=\n]+)? =\s([^;]+);/gm;
const ROW = /^\| `([A-Z][A-Z0-9_]*)` \| ([^|]+) \| `([^`]+)` \| [^|]+ \|$/;
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

type Expressions = ReadonlyMap<string, string>;

/** What is assigned to the constants of each file. */
const files: ReadonlyMap<string, Expressions> = new Map(
  globSync(SOURCES, { cwd: PACKAGES }).map((file) => {
    const source = readFileSync(`${PACKAGES}/${file}`, 'utf8');
    const found = source.matchAll(DECLARATION);
    return [
      file,
      new Map(Array.from(found, ([, name = '', expression = '']) => [name, expression])),
    ];
  }),
);

interface Row {
  readonly name: string;
  readonly value: string;
  readonly file: string;
  /** In the document, from 1. */
  readonly line: number;
}

const rows: readonly Row[] = readFileSync(DOCUMENT, 'utf8')
  .split('\n')
  .flatMap((text, index) => {
    const [, name, value, file] = ROW.exec(text) ?? [];
    const isOther = name === undefined || value === undefined || file === undefined;
    return isOther ? [] : [{ name, value, file, line: index + 1 }];
  });

test('what docs/limits.md says of a constant is what the code says', () => {
  assert.ok(rows.length > 100, 'the tables can be read');
  const wrong = rows.flatMap(({ name, value, file, line }) => {
    const where = `docs/limits.md:${line}: \`${name}\` of \`${file}\``;
    const expression = files.get(file)?.get(name);
    if (expression === undefined) {
      return `${where} is not in the code: it was renamed, moved or removed; do the same to the row`;
    }
    const actual = evaluate(expression, file);
    if (JSON.stringify(parseValue(value)) === JSON.stringify(actual)) return [];
    return `${where} is ${JSON.stringify(actual)}, not ${value}: correct the row, and its reason if that changed`;
  });
  assert.ok(wrong.length === 0, wrong.join('\n'));
});

test('every constant that is a limit by its name is in docs/limits.md', () => {
  const documented = new Set(rows.map(({ name, file }) => `${file} ${name}`));
  const missing = Array.from(files).flatMap(([file, expressions]) =>
    Array.from(expressions, ([name, expression]) => ({ file, name, expression })).filter(
      ({ name }) => IS_LIMIT.test(name) && !documented.has(`${file} ${name}`),
    ),
  );
  const wanted = missing.map(
    ({ file, name, expression }) =>
      `add to the table it belongs to: | \`${name}\` | ${JSON.stringify(evaluate(expression, file))} | \`${file}\` | what it bounds, and why |`,
  );
  assert.ok(wanted.length === 0, wanted.join('\n'));
});

test('docs/limits.md names each constant once', () => {
  const names = rows.map(({ name, file }) => `${file} ${name}`);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

/** Other constants in it are those of the same file, else of the file that has them. */
function evaluate(expression: string, file: string): unknown {
  const scope: Record<string, unknown> = {};
  for (const [name] of expression.matchAll(/\b[A-Z][A-Z0-9_]+\b/g)) {
    const homes = [file, ...files.keys()];
    const home = homes.find((each) => files.get(each)?.has(name) === true);
    const text = home === undefined ? undefined : files.get(home)?.get(name);
    if (home !== undefined && text !== undefined) scope[name] = evaluate(text, home);
  }
  return runInNewContext(`(${expression})`, scope);
}

/** `2,000`, `16 KiB`, `10 s`, or several with their names: `lengthMax 32 KiB, depthMax 8`. */
function parseValue(text: string): unknown {
  const named = text.split(/, (?=[a-z])/i).map((part) => /^([a-z]\w*) (.+)$/i.exec(part));
  if (named[0] !== null) {
    return Object.fromEntries(named.map((part) => [part?.[1], parseValue(part?.[2] ?? '')]));
  }
  const [, digits = '', unit = ''] = /^([\d,.]+)(?: (\w+))?$/.exec(text) ?? [];
  return Number(digits.replaceAll(',', '')) * (UNITS[unit] ?? NaN);
}
