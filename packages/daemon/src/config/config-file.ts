/** `config.toml` in the data directory: what its owner wrote there, which the program never changes. */
import { readFileSync } from 'node:fs';
import { LocalFault } from '@coequal/base';
import type { Settings } from '@coequal/contract';
import { parse, TomlError } from 'smol-toml';
import { checkSetting } from './check-settings.ts';

/** Of the file's form; a later one will know how to read earlier ones. */
const CONFIG_VERSION = 1;
/** A thousand times what all settings take. */
const CONFIG_LENGTH_MAX = 1_000_000;

/**
 * Empty if there is no such file. Throws LocalFault `CONFIG_UNREADABLE`, `CONFIG_SYNTAX`, `CONFIG_VERSION`,
 * `SETTING_UNKNOWN` or `SETTING_WRONG`, with the line where it stands.
 */
export function readConfigFile(path: string): Partial<Settings> {
  const text = readText(path);
  if (text === undefined) return {};
  const { version, ...values } = parseToml(text, path);
  if (version !== CONFIG_VERSION) {
    const where = placeOf('version', text, path);
    throw new LocalFault('CONFIG_VERSION', { where, wanted: CONFIG_VERSION });
  }
  for (const [key, value] of Object.entries(values))
    checkSetting(key, value, placeOf(key, text, path));
  return values; // each was checked
}

function readText(path: string): string | undefined {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    if (errno === 'ENOENT') return undefined;
    throw new LocalFault('CONFIG_UNREADABLE', { path, errno }, { cause });
  }
  if (text.length > CONFIG_LENGTH_MAX) throw new LocalFault('CONFIG_UNREADABLE', { path });
  return text;
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [problem] = cause.message.split('\n');
    const where = `${path}, line ${cause.line}`;
    throw new LocalFault('CONFIG_SYNTAX', { where, problem }, { cause });
  }
}

/** `…/config.toml, line 3`. Keys stand at the beginning of their line, also of a table that should not be there. */
function placeOf(key: string, text: string, path: string): string {
  const start = new RegExp(`^\\s*\\[*\\s*["']?${RegExp.escape(key)}["']?\\s*[=.\\]]`);
  const index = text.split('\n').findIndex((line) => start.test(line));
  return index === -1 ? path : `${path}, line ${index + 1}`;
}
