/** Other browsers and programs that may use this peer. */
import { SCOPES } from '@coequal/contract';
import type { ApiKey, Scope } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, IconButton, Sheet, SheetFooter } from '../ui/controls.tsx';
import { Select, TextField } from '../ui/fields.tsx';
import { Answered, copyText } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';

/** Told once, so it is shown until the person closes it. */
interface Told {
  readonly title: string;
  readonly text: string;
  readonly secret: string;
}

export function KeySettings() {
  const { t, format } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const answer = useAnswer(['keys'], 'listApiKeys', {});
  const [told, setTold] = useState<Told>();
  const [isMaking, setIsMaking] = useState(false);
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['keys'] });
  const makeLink = (): void =>
    void attempt(async () => {
      const { url, validUntil } = await client.call('makeLoginLink', {});
      const text = t('keys.link-told', { time: format.time(validUntil) });
      setTold({ title: t('keys.link'), text, secret: url });
    });
  const revoke = (id: string): void =>
    void attempt(async () => {
      await client.call('revokeApiKey', { params: { id } });
      await refresh();
    });
  return (
    <section className="card" aria-labelledby="keys">
      <h2 id="keys">{t('keys.title')}</h2>
      <p className="muted">{t('keys.text')}</p>
      <Answered answer={answer}>
        {({ keys }) => (
          <ul className="lines">
            {keys.map((key) => (
              <KeyLine key={key.id} known={key} onRevoke={() => revoke(key.id)} />
            ))}
          </ul>
        )}
      </Answered>
      <div className="card-buttons">
        <Button icon="add" onPress={() => setIsMaking(true)}>
          {t('keys.add')}
        </Button>
        <Button icon="link" onPress={makeLink}>
          {t('keys.link')}
        </Button>
      </div>
      {isMaking && (
        <KeySheet
          onClose={() => setIsMaking(false)}
          onMade={(secret) => {
            setIsMaking(false);
            setTold({ title: t('keys.made-title'), text: t('keys.told'), secret });
            void refresh();
          }}
        />
      )}
      {told !== undefined && <ToldSheet told={told} onClose={() => setTold(undefined)} />}
    </section>
  );
}

function KeyLine({ known, onRevoke }: { readonly known: ApiKey; readonly onRevoke: () => void }) {
  const { t, format } = useWords();
  const { name, scope, createdAt, usedAt } = known;
  const told = [
    t(`scope.${scope}`),
    t('keys.made', { date: format.date(createdAt) }),
    ...(usedAt === undefined ? [] : [t('keys.used', { date: format.date(usedAt) })]),
  ];
  return (
    <li>
      <div>
        <p className="line-name" dir="auto">
          {name}
        </p>
        <p className="muted">{told.join(' · ')}</p>
      </div>
      <IconButton icon="remove" label={t('keys.revoke', { name })} onPress={onRevoke} />
    </li>
  );
}

function KeySheet(props: {
  readonly onClose: () => void;
  readonly onMade: (secret: string) => void;
}) {
  const { t } = useWords();
  const { client } = usePeer();
  const attempt = useTry();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('transfers');
  const make = (): void =>
    void attempt(async () => {
      const body = { name: name.trim(), scope };
      props.onMade((await client.call('makeApiKey', { body })).secret);
    });
  return (
    <Sheet
      title={t('keys.add')}
      size="small"
      onClose={props.onClose}
      footer={
        <SheetFooter
          onCancel={props.onClose}
          onDo={make}
          doing={t('keys.make')}
          isDisabled={name.trim() === ''}
        />
      }
    >
      <TextField label={t('keys.name')} value={name} onChange={setName} autoFocus />
      <Select
        label={t('keys.scope')}
        description={t('keys.scope-text')}
        value={scope}
        options={SCOPES.map((id) => ({ id, label: t(`scope.${id}`) }))}
        onChange={setScope}
      />
    </Sheet>
  );
}

function ToldSheet({ told, onClose }: { readonly told: Told; readonly onClose: () => void }) {
  const { t } = useWords();
  const notify = useNotify();
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(told.secret);
    notify({ title: t(isCopied ? 'copy.done' : 'copy.failed') });
  };
  return (
    <Sheet
      title={told.title}
      onClose={onClose}
      footer={
        <Button kind="primary" icon="copy" onPress={() => void copy()}>
          {t('copy.do')}
        </Button>
      }
    >
      <p>{told.text}</p>
      <p className="secret code" dir="ltr">
        {told.secret}
      </p>
    </Sheet>
  );
}
