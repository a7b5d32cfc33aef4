/** What one notes of a contact, and what they may do without being asked. */
import type { ChangeContact, Contact, InboxRule } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Select, Switch, TextField } from '../ui/fields.tsx';
import { SizeField } from '../ui/number-fields.tsx';
import { useTry } from '../ui/toasts.tsx';
import { nameProblem } from '../identity/make-identity.tsx';
import { useInbox } from './people-answers.ts';

const TRUSTS = ['new', 'known', 'trusted'] as const;
/** Suits photos and documents; a film asks. */
const RULE_SIZE = 1_000_000_000;

export function ContactFields({ contact }: { readonly contact: Contact }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { person, name: known, note: knownNote, ownName, trust } = contact;
  const [name, setName] = useState(known);
  const [note, setNote] = useState(knownNote);
  useEffect(() => setName(known), [known]);
  useEffect(() => setNote(knownNote), [knownNote]);
  const change = (body: ChangeContact): void =>
    void attempt(async () => {
      await client.call('changeContact', { params: { person }, body });
      await queries.invalidateQueries({ queryKey: ['contacts'] });
    });
  const saveName = (): void => {
    const wanted = name.trim();
    if (wanted === known) return;
    if (wanted === '' || wanted === ownName) change({ name: null });
    else if (nameProblem(wanted) === undefined) change({ name: wanted });
  };
  return (
    <section className="card form" aria-labelledby="contact-yours">
      <h2 id="contact-yours">{t('contact.yours')}</h2>
      <TextField
        label={t('contact.name')}
        description={t('contact.name-text')}
        value={name}
        onChange={setName}
        onCommit={saveName}
        error={nameProblem(name) === 'long' ? t('who.name-long') : undefined}
      />
      <TextField
        label={t('contact.note')}
        value={note}
        onChange={setNote}
        onCommit={() => note !== knownNote && change({ note })}
        lines={2}
      />
      {trust !== 'blocked' && (
        <>
          <Select
            label={t('contact.trust')}
            description={t(`trust.${trust}-text`)}
            value={trust}
            options={TRUSTS.map((id) => ({ id, label: t(`trust.${id}`) }))}
            onChange={(next) => change({ trust: next })}
          />
          <Rule person={person} isTrusted={trust === 'trusted'} />
        </>
      )}
    </section>
  );
}

function Rule({ person, isTrusted }: { readonly person: string; readonly isTrusted: boolean }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { data } = useInbox();
  const rule = data?.rules.find((each) => each.person === person);
  const put = (sizeMax: number | undefined): void =>
    void attempt(async () => {
      const params = { person };
      const kept: Pick<InboxRule, 'directory'> =
        rule?.directory === undefined ? {} : { directory: rule.directory };
      if (sizeMax === undefined) await client.call('removeInboxRule', { params });
      else await client.call('putInboxRule', { params, body: { sizeMax, ...kept } });
      await queries.invalidateQueries({ queryKey: ['sends'] });
    });
  return (
    <div className="rule">
      <Switch
        isOn={rule !== undefined}
        isDisabled={!isTrusted && rule === undefined}
        onChange={(isOn) => put(isOn ? RULE_SIZE : undefined)}
      >
        {t('rule.switch')}
      </Switch>
      <p className="muted">{t(isTrusted ? 'rule.text' : 'rule.untrusted')}</p>
      {rule !== undefined && (
        <SizeField
          label={t('rule.size')}
          value={rule.sizeMax}
          isRequired
          min={1}
          onChange={(size) => size !== null && put(size)}
        />
      )}
    </div>
  );
}
