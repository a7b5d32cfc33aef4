// docs/settings.md is made of the contract's table. After a change of that:
// `node_modules/.bin/node packages/contract/test/settings-document.test.ts --update`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { SETTING_DEFAULTS, SETTING_WORDS, Settings } from '@coequal/contract';
import type { SettingKey } from '@coequal/contract';

const DOCUMENT = new URL('../../../docs/settings.md', import.meta.url);

const HEAD = `# Settings of the running peer

Each can be set on the page. What is set elsewhere stands above that, and the page shows it as locked; from the strongest:

1. flags of \`coequal up\` (\`coequal up --help\`);
2. the environment: the name in the last column, with a text or, for all else, JSON: \`COEQUAL_UPLOAD_MAX=1000000\`, \`COEQUAL_SCHEDULE_DAYS=[0,6]\`, \`null\` for none;
3. \`config.toml\` in the data directory, which the program reads when it starts and never writes;
4. the page, or \`PATCH /api/v1/settings\`;
5. the default.

\`\`\`toml
version = 1
uploadMax = 1_000_000
scheduleDays = [0, 6]
\`\`\`

A line that is no TOML, a name that is no setting and a value of the wrong kind end the start, and are told with file, line and name. TOML has no null: to have none where the default is a number, use the environment or the page. Rates are bytes per second, without units.

| setting | takes | default | what it does | environment |
|---|---|---|---|---|
`;

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

function documentText(): string {
  const rows = Object.entries(Settings.properties).map(([key, schema]) => {
    const name = key as SettingKey; // of the schema itself
    const shown =
      name === 'downloadDirectory'
        ? '`Downloads` of your own folder'
        : code(SETTING_DEFAULTS[name]);
    const variable = `COEQUAL_${key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
    return `| \`${key}\` | ${takes(schema)} | ${shown} | ${SETTING_WORDS[name]} | \`${variable}\` |\n`;
  });
  return HEAD + rows.join('');
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function takes({ type, enum: values, anyOf, items, minimum, maximum, pattern }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(takes).join(' or ');
  if (values !== undefined) return values.map(code).join(', ');
  if (items !== undefined) return `list of: ${takes(items)}`;
  if (type === 'integer' || type === 'number') {
    const kind = type === 'integer' ? 'whole number' : 'number';
    if (maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
    return `${kind} from ${minimum}`;
  }
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'null') return '`null`';
  if (pattern?.includes('[01]')) return 'time, `HH:MM`';
  return 'text';
}

if (process.argv.includes('--update')) writeFileSync(DOCUMENT, documentText());

test('docs/settings.md says what the contract says', () => {
  assert.equal(readFileSync(DOCUMENT, 'utf8'), documentText());
});
