/** Values of settings in words. */
import type { SettingKey, Settings } from '@coequal/contract';
import type { MessageKey, Words } from '../i18n/language.ts';
import type { Control } from './setting-table.ts';

type Value = Settings[SettingKey];

/** A language names itself, so that it is found by who reads no other. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  en: 'English',
  de: 'Deutsch',
  ar: 'العربية',
};

const CHOICES: Readonly<Record<string, MessageKey>> = {
  system: 'choice.system',
  light: 'choice.light',
  dark: 'choice.dark',
  both: 'choice.both',
  tcp: 'choice.tcp',
  utp: 'choice.utp',
  off: 'choice.off',
  https: 'choice.https',
  'http-on-trusted-lan': 'choice.http',
};

export function choiceText({ t }: Words, key: SettingKey, id: string): string {
  const own = key === 'language' ? OWN_NAMES[id] : undefined;
  const message = CHOICES[id];
  return own ?? (message === undefined ? id : t(message));
}

/** As the default is told below each setting. */
export function settingValueText(
  words: Words,
  control: Control,
  value: Value,
  key: SettingKey,
): string {
  const { t, format } = words;
  if (typeof value === 'boolean') return t(value ? 'common.on' : 'common.off');
  switch (control.type) {
    case 'rate':
      return typeof value === 'number' ? format.rate(value) : t('number.no-limit');
    case 'size':
      return typeof value === 'number' ? format.bytes(value) : t('settings.none-set');
    case 'choice':
      return choiceText(words, key, String(value));
    case 'days':
      return Array.isArray(value)
        ? value.map((day) => format.weekday(Number(day))).join(' ')
        : t('settings.none-set');
    case 'goal':
      return typeof value === 'number' ? format.number(value, 2) : t('settings.no-goal');
    case 'number':
      if (key === 'listenPort' && value === 0) return t('settings.any-port');
      if (key === 'pagePort' && value === 0) return t('settings.usual-port');
      return typeof value === 'number' ? format.number(value) : '';
    case 'switch':
    case 'folder':
    case 'time':
    case 'text':
    case 'hosts':
    case 'names':
      return typeof value === 'string' ? value : t('settings.none-set');
  }
}
