/** All settings as they hold now: flags before the environment, `config.toml`, the page, and the defaults. */
import { LocalFault } from '@coequal/base';
import { SETTING_DEFAULTS, SETTING_ORIGINS } from '@coequal/contract';
import type {
  ChangeSettings,
  SettingKey,
  SettingOrigin,
  Settings,
  SettingsReport,
} from '@coequal/contract';
import type { SettingRecords } from '../store/setting-records.ts';
import { checkSetting, isSettingKey, parseSettingText } from './check-settings.ts';

const ENVIRONMENT_PREFIX = 'COEQUAL_';

/** What stands above the page and cannot be changed there. */
export interface FixedLayers {
  readonly flags: Partial<Settings>;
  readonly environment: Partial<Settings>;
  readonly configFile: Partial<Settings>;
}

export class SettingsBook {
  readonly #records: SettingRecords;
  readonly #layers: Readonly<Record<SettingOrigin, Partial<Settings>>>;
  readonly #defaults: Settings;
  readonly #page: Partial<Settings>;
  readonly #onChange: (keys: ReadonlySet<SettingKey>) => void;

  constructor(
    downloadDirectory: string,
    { flags, environment, configFile }: FixedLayers,
    records: SettingRecords,
    onChange: (keys: ReadonlySet<SettingKey>) => void,
  ) {
    this.#records = records;
    this.#onChange = onChange;
    this.#defaults = { downloadDirectory, ...SETTING_DEFAULTS };
    this.#page = pageSettings(records);
    this.#layers = {
      default: this.#defaults,
      page: this.#page,
      'config.toml': configFile,
      environment,
      flag: flags,
    };
  }

  get values(): Settings {
    return Object.assign({}, ...SETTING_ORIGINS.map((origin) => this.#layers[origin])) as Settings;
  }

  get report(): SettingsReport {
    const keys = Object.keys(this.#defaults);
    const origins = keys.map((key) => [key, isSettingKey(key) ? this.#originOf(key) : 'default']);
    return {
      values: this.values,
      defaults: this.#defaults,
      origins: Object.fromEntries(origins) as Record<string, SettingOrigin>,
    };
  }

  /** All of it or, when one of them is wrong or locked, nothing: throws as `checkSetting`, and `SETTING_LOCKED`. */
  change({ values, reset = [] }: ChangeSettings): void {
    const changes = new Map<SettingKey, unknown>();
    for (const key of reset) {
      if (!isSettingKey(key))
        throw new LocalFault('SETTING_UNKNOWN', { key, where: 'this request' });
      changes.set(key, undefined);
    }
    for (const [key, value] of Object.entries(values))
      changes.set(checkSetting(key, value, 'this request'), value);
    for (const key of changes.keys()) {
      const origin = this.#originOf(key);
      if (origin !== 'page' && origin !== 'default')
        throw new LocalFault('SETTING_LOCKED', { key, origin });
    }
    this.#records.putAll(changes);
    for (const [key, value] of changes) {
      if (value === undefined) delete this.#page[key];
      else Object.assign(this.#page, { [key]: value });
    }
    if (changes.size > 0) this.#onChange(new Set(changes.keys()));
  }

  #originOf(key: SettingKey): SettingOrigin {
    return (
      SETTING_ORIGINS.findLast((origin) => Object.hasOwn(this.#layers[origin], key)) ?? 'default'
    );
  }
}

/** `COEQUAL_UPLOAD_MAX` is `uploadMax`. Throws as `checkSetting`. */
export function settingsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Settings> {
  const found: [SettingKey, unknown][] = [];
  for (const key of Object.keys({ downloadDirectory: '', ...SETTING_DEFAULTS })) {
    const name = ENVIRONMENT_PREFIX + key.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
    const text = environment[name];
    if (text === undefined || text === '' || !isSettingKey(key)) continue;
    const value = parseSettingText(key, text);
    checkSetting(key, value, `the environment variable ${name}`);
    found.push([key, value]);
  }
  return Object.fromEntries(found); // each was checked
}

/** What an earlier version allowed and this one does not is left out. */
function pageSettings(records: SettingRecords): Partial<Settings> {
  const kept = Object.entries(records.all()).filter(([key, value]) => {
    try {
      checkSetting(key, value, 'daemon.sqlite');
      return true;
    } catch (error) {
      if (error instanceof LocalFault) return false;
      throw error;
    }
  });
  return Object.fromEntries(kept);
}
