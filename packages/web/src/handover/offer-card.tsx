/** One offer: what it is, how far it is, what to be careful with, and what can be done with it. */
import { FILE_KINDS } from '@coequal/contract';
import type { Offer } from '@coequal/contract';
import { useState } from 'react';
import type { Words } from '../i18n/language.ts';
import { useWords } from '../i18n/words-context.tsx';
import { PersonMark } from '../people/person-mark.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { Button, MenuButton, Sheet, SheetFooter } from '../ui/controls.tsx';
import type { MenuEntry } from '../ui/controls.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Bar, useNow } from '../ui/parts.tsx';
import { useOfferAction } from './use-offer-action.ts';

const NOW_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

export function OfferCard({ offer }: { readonly offer: Offer }) {
  const words = useWords();
  const { t, format, tell, hint } = words;
  const { personName, name, size, note, state, have, problem, warnings, path, down } = offer;
  const now = useNow(NOW_EVERY_MS);
  return (
    <li className="thing" data-state={state}>
      <PersonMark name={personName} />
      <div className="thing-body">
        <p className="thing-title">
          <strong dir="auto">{name}</strong>{' '}
          <span className="muted">{t('offer.from', { name: personName })}</span>
        </p>
        <p className="muted">
          {[format.bytes(size), kindsLine(words, offer), format.ago(offer.receivedAt, now)]
            .filter(Boolean)
            .join(' · ')}
        </p>
        {note !== '' && (
          <p className="thing-note" dir="auto">
            {note}
          </p>
        )}
        {state === 'receiving' && (
          <>
            <Bar share={size === 0 ? 0 : have / size} label={t('offer.progress', { what: name })} />
            <p className="muted number">
              {t('offer.have', {
                have: format.bytes(have),
                size: format.bytes(size),
                rate: format.rate(down),
              })}
            </p>
            {offer.sources === 0 && <p className="muted">{t('offer.no-source')}</p>}
          </>
        )}
        {state !== 'waiting' && state !== 'receiving' && (
          <p className="thing-state">{t(`offer.${state}`)}</p>
        )}
        {problem !== undefined && (
          <p className="thing-problem">
            <Icon name="warn" size={16} /> {tell(problem)}. {hint(problem)}
          </p>
        )}
        {state === 'waiting' && offer.expiresAt !== undefined && offer.expiresAt - now < DAY_MS && (
          <p className="muted">{t('offer.until', { date: format.dateTime(offer.expiresAt) })}</p>
        )}
        {warnings.length > 0 && <Warnings offer={offer} />}
        {state === 'done' && path !== undefined && (
          <p className="code muted" dir="ltr">
            {path}
          </p>
        )}
        <OfferButtons offer={offer} />
      </div>
    </li>
  );
}

function kindsLine({ t, format }: Words, { files, kinds }: Offer): string {
  const known = FILE_KINDS.filter((kind) => (kinds[kind] ?? 0) > 0);
  if (files === 1 || known.length === 0) {
    const [kind] = known;
    return kind === undefined || kind === 'other'
      ? t('offer.files', { count: files })
      : t(`kind.${kind}`, { count: 1 });
  }
  return format.list(known.map((kind) => t(`kind.${kind}`, { count: kinds[kind] ?? 0 })));
}

/** What each of them means, in whole sentences: nobody knows what a macro is. */
function Warnings({ offer: { id, warnings } }: { readonly offer: Offer }) {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="thing-warnings">
      <h3>
        <Icon name="warn" size={18} /> {t('offer.careful')}
      </h3>
      <ul>
        {warnings.map(({ warning, files }) => (
          <li key={warning}>{t(`warning.${warning}`, { count: files })}</li>
        ))}
      </ul>
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>{t('offer.which')}</summary>
        {isOpen && <OfferFiles id={id} />}
      </details>
    </div>
  );
}

function OfferFiles({ id }: { readonly id: string }) {
  const { t, format } = useWords();
  const answer = useAnswer(['sends', 'offer', id], 'showOffer', { params: { id } });
  return (
    <Answered answer={answer}>
      {({ files }) =>
        files.length === 0 ? (
          <p className="muted">{t('offer.unlisted')}</p>
        ) : (
          <ul className="thing-files">
            {files.map(({ path, size, warnings }) => (
              <li key={path} data-careful={warnings.length > 0}>
                <Icon name={warnings.length > 0 ? 'warn' : 'file'} size={16} />
                <span className="code" dir="ltr">
                  {path}
                </span>
                <span className="number muted">{format.bytes(size)}</span>
              </li>
            ))}
          </ul>
        )
      }
    </Answered>
  );
}

function OfferButtons({ offer }: { readonly offer: Offer }) {
  const { id, state, name } = offer;
  const { t } = useWords();
  const act = useOfferAction(id);
  const [open, setOpen] = useState<'folder' | 'files' | 'release'>();
  const close = (): void => setOpen(undefined);
  const more: readonly MenuEntry[] = [
    ...(state === 'waiting'
      ? [{ id: 'folder', label: t('offer.elsewhere'), icon: 'folder' as const }]
      : []),
    { id: 'files', label: t('offer.show-files'), icon: 'file' as const },
  ];
  const isOver = !['waiting', 'receiving', 'quarantined'].includes(state);
  return (
    <div className="card-buttons">
      {state === 'waiting' && (
        <>
          <Button kind="primary" icon="check" onPress={() => void act('acceptOffer')}>
            {t('offer.accept')}
          </Button>
          <Button onPress={() => void act('declineOffer')}>{t('offer.decline')}</Button>
        </>
      )}
      {state === 'receiving' && (
        <Button onPress={() => void act('declineOffer')}>{t('offer.stop')}</Button>
      )}
      {state === 'quarantined' && (
        <>
          <Button kind="primary" icon="remove" onPress={() => void act('declineOffer')}>
            {t('offer.delete')}
          </Button>
          <Button onPress={() => setOpen('release')}>{t('offer.release')}</Button>
        </>
      )}
      {isOver && <Button onPress={() => void act('forgetOffer')}>{t('offer.forget')}</Button>}
      {(state === 'waiting' || state === 'receiving' || state === 'quarantined') && (
        <MenuButton
          label={t('offer.more', { what: name })}
          entries={more}
          onAction={(key) => setOpen(key === 'folder' ? 'folder' : 'files')}
        />
      )}
      {open === 'folder' && (
        <FolderChoice
          onClose={close}
          onChoose={(directory) =>
            void act('acceptOffer', directory).then((isDone) => isDone && close())
          }
        />
      )}
      {open === 'files' && (
        <Sheet title={name} onClose={close} isText>
          <OfferFiles id={id} />
        </Sheet>
      )}
      {open === 'release' && <ReleaseSheet offer={offer} onClose={close} />}
    </div>
  );
}

/** It is said once more what that means. */
function ReleaseSheet(props: { readonly offer: Offer; readonly onClose: () => void }) {
  const { id, name, personName } = props.offer;
  const { t } = useWords();
  const act = useOfferAction(id);
  return (
    <Sheet
      title={t('offer.release-title', { what: name })}
      size="small"
      onClose={props.onClose}
      footer={
        <SheetFooter
          onCancel={props.onClose}
          onDo={() => void act('releaseOffer').then((isDone) => isDone && props.onClose())}
          doing={t('offer.release-do')}
          kind="danger"
        />
      }
    >
      <p>{t('offer.release-text', { name: personName })}</p>
    </Sheet>
  );
}

function FolderChoice(props: {
  readonly onClose: () => void;
  readonly onChoose: (directory: string) => void;
}) {
  const { t } = useWords();
  const { data } = useAnswer(['settings'], 'showSettings', {});
  const [path, setPath] = useState<string>();
  const shown = path ?? data?.values.downloadDirectory ?? '';
  return (
    <Sheet
      title={t('offer.elsewhere')}
      onClose={props.onClose}
      footer={
        <SheetFooter
          onCancel={props.onClose}
          onDo={() => props.onChoose(shown)}
          doing={t('offer.accept')}
          icon="check"
          isDisabled={shown.trim() === ''}
        />
      }
    >
      <FolderField label={t('offer.folder')} value={shown} onChange={setPath} />
    </Sheet>
  );
}
