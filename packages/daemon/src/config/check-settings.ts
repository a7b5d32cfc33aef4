/** Checks values against the schema of the settings; a fault names the key, what is wrong, and where it stands. */
import { isAbsolute } from 'node:path';
import { LocalFault } from '@coequal/base';
import { Settings } from '@coequal/contract';
import type { SettingKey } from '@coequal/contract';
import { Compile } from 'typebox/compile';
import type { Validator } from 'typebox/compile';

/** The peer has no current folder of its own: where it was started does not count. */
const PATH_KEYS: ReadonlySet<SettingKey> = new Set([
  'downloadDirectory',
  'watchDirectory',
  'pageCertificate',
  'pageKey',
]);

/** One validator a key, made when it is first asked for: to make all takes as long as to start. */
const validators = new Map<SettingKey, Validator>();

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(Settings.properties, key);
}

/** Throws LocalFault `SETTING_UNKNOWN` or `SETTING_WRONG`, whose `where` is the caller's. */
export function checkSetting(key: string, value: unknown, where: string): SettingKey {
  if (!isSettingKey(key)) throw new LocalFault('SETTING_UNKNOWN', { key, where });
  const problem = problemOf(key, value);
  if (problem !== undefined) throw new LocalFault('SETTING_WRONG', { key, problem, where });
  return key;
}

function problemOf(key: SettingKey, value: unknown): string | undefined {
  const validator = validators.get(key) ?? Compile(Settings.properties[key]);
  validators.set(key, validator);
  if (validator.Check(value)) {
    const isRelative = PATH_KEYS.has(key) && typeof value === 'string' && !isAbsolute(value);
    return isRelative ? 'must be an absolute path' : undefined;
  }
  const messages = validator.Errors(value).map(({ message }) => message);
  return [...new Set(messages)].join(', or ');
}

/** A text from the environment: as it is where text is wanted, else as JSON. */
export function parseSettingText(key: SettingKey, text: string): unknown {
  if (problemOf(key, text) === undefined) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the check says what is wanted
  }
}
