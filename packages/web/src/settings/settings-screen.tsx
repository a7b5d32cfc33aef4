/** Settings: found by searching, each with what it does, its default, and who has the last word on it. */
import type { SettingKey, SettingsReport } from '@coequal/contract';
import { useDeferredValue, useState } from 'react';
import { PairButton } from '../care/devices.tsx';
import type { Words } from '../i18n/language.ts';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { SearchField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, Screen } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';
import { CategorySettings } from './category-settings.tsx';
import { ImportSettings } from '../import/import-settings.tsx';
import { KeySettings } from './key-settings.tsx';
import { SettingControl } from './setting-control.tsx';
import type { SettingValue } from './setting-control.tsx';
import { SETTING_GROUPS } from './setting-table.ts';
import type { Control, SettingGroup } from './setting-table.ts';
import { settingValueText } from './setting-words.ts';

export function SettingsScreen() {
  const { t } = useWords();
  const answer = useAnswer(['settings'], 'showSettings', {});
  const [text, setText] = useState('');
  return (
    <Screen title={t('settings.title')} lead={t('settings.lead')} className="settings">
      <SearchField label={t('settings.search')} value={text} onChange={setText} />
      <Answered answer={answer}>{(report) => <Groups report={report} text={text} />}</Answered>
    </Screen>
  );
}

function Groups({ report, text }: { readonly report: SettingsReport; readonly text: string }) {
  const words = useWords();
  const { t } = words;
  const wanted = useDeferredValue(text).toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const matches = (about: string): boolean =>
    wanted.every((word) => about.toLocaleLowerCase().includes(word));
  const groups = SETTING_GROUPS.map((group) => ({
    ...group,
    settings: group.settings.filter(([key]) => matches(aboutSetting(words, group, key))),
  })).filter(({ settings }) => settings.length > 0);
  const hasCategories = matches(`${t('categories.title')} ${t('categories.text')}`);
  const hasImports = matches(`${t('import.title')} ${t('import.settings-text')}`);
  const hasKeys = matches(`${t('keys.title')} ${t('keys.text')} ${t('keys.link')}`);
  if (groups.length === 0 && !hasCategories && !hasImports && !hasKeys)
    return (
      <Empty icon="search" title={t('settings.none')}>
        <p>{t('settings.none-text')}</p>
      </Empty>
    );
  return (
    <>
      {groups.map((group) => (
        <section key={group.name} className="card" aria-labelledby={`group-${group.name}`}>
          <h2 id={`group-${group.name}`}>{t(`settings.group-${group.name}`)}</h2>
          <p className="muted">{t(`settings.group-${group.name}-text`)}</p>
          {group.settings.map(([key, control]) => (
            <SettingRow key={key} name={key} control={control} report={report} />
          ))}
          {group.name === 'devices' && <PairButton />}
        </section>
      ))}
      {hasCategories && <CategorySettings />}
      {hasImports && <ImportSettings />}
      {hasKeys && <KeySettings />}
    </>
  );
}

/** What the search box looks through: the words, and the key as `config.toml` has it. */
function aboutSetting({ t }: Words, group: SettingGroup, key: SettingKey): string {
  const title = t(`settings.group-${group.name}`);
  return `${key} ${t(`setting.${key}`)} ${t(`setting.${key}-text`)} ${title}`;
}

function SettingRow(props: {
  readonly name: SettingKey;
  readonly control: Control;
  readonly report: SettingsReport;
}) {
  const { name, control, report } = props;
  const words = useWords();
  const { t } = words;
  const { set, reset } = useChange(name);
  const origin = report.origins[name] ?? 'default';
  const isLocked = origin !== 'default' && origin !== 'page';
  const value = report.values[name];
  return (
    <div className={isLocked ? 'setting is-locked' : 'setting'} id={`setting-${name}`}>
      <div className="setting-words">
        <h3 id={`label-${name}`}>{t(`setting.${name}`)}</h3>
        <p>{t(`setting.${name}-text`)}</p>
        <p className="setting-default">
          {t('settings.default', {
            value: settingValueText(words, control, report.defaults[name], name),
          })}
          {origin === 'page' && (
            <Button kind="plain" icon="reset" onPress={reset}>
              {t('settings.reset')}
            </Button>
          )}
        </p>
        {isLocked && (
          <p className="setting-lock">
            <Icon name="lock" size={16} /> {t(`origin.${origin}`)}
          </p>
        )}
      </div>
      <div className="setting-control">
        <SettingControl
          name={name}
          control={control}
          value={value}
          isDisabled={isLocked}
          onChange={set}
        />
      </div>
    </div>
  );
}

/** Shown at once, and as before again when the peer refuses. */
function useChange(name: SettingKey): { set: (value: SettingValue) => void; reset: () => void } {
  const { client, queries } = usePeer();
  const attempt = useTry();
  const send = (expected: SettingValue | undefined, reset: readonly string[]): void =>
    void attempt(async () => {
      const before = queries.getQueryData<SettingsReport>(['settings']);
      const values = expected === undefined ? {} : { [name]: expected };
      if (before !== undefined)
        queries.setQueryData(['settings'], { ...before, values: { ...before.values, ...values } });
      try {
        const body = { values, ...(reset.length > 0 && { reset: [...reset] }) };
        queries.setQueryData(['settings'], await client.call('changeSettings', { body }));
      } catch (error) {
        queries.setQueryData(['settings'], before);
        throw error;
      }
    });
  return { set: (value) => send(value, []), reset: () => send(undefined, [name]) };
}
