/** Making a link for people without the program, and handing it on: as text, and as a code for a camera. */
import type { CreateGuestLink, GuestLink } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Copied } from '../people/invite-sheet.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, IconButton, Sheet, SheetFooter } from '../ui/controls.tsx';
import { Checkbox, Select } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Empty } from '../ui/parts.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { useTry } from '../ui/toasts.tsx';
import { GuestOutside } from './guest-outside.tsx';

const HOUR_MS = 3_600_000;
const HOURS = ['1', '24', '72', '720'] as const;
const ANY = 'any';
const GUESTS = ['1', '5', '20', ANY] as const;
/** Until the door is open. */
const LOOK_EVERY_MS = 1_000;

interface Wish {
  readonly paths: readonly string[];
  readonly hours: (typeof HOURS)[number];
  readonly guests: (typeof GUESTS)[number];
  readonly mayUpload: boolean;
  readonly reach: 'lan' | 'internet';
}

const NO_WISH: Wish = { paths: [], hours: '72', guests: '1', mayUpload: false, reach: 'lan' };

export function GuestLinkSheet({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [wish, setWish] = useState(NO_WISH);
  const [path, setPath] = useState('');
  const [made, setMade] = useState<GuestLink>();
  const paths = [...new Set([...wish.paths, path.trim()])].filter((each) => each !== '');
  const make = (): void =>
    void attempt(async () => {
      const body = bodyOf({ ...wish, paths });
      setMade(await client.call('createGuestLink', { body }));
      await queries.invalidateQueries({ queryKey: ['guest-links'] });
    });
  if (made !== undefined) return <ShowGuestLink link={made} onClose={onClose} />;
  return (
    <Sheet
      title={t('guest.make-title')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={make}
          doing={t('guest.make-do')}
          icon="link"
          isDisabled={paths.length === 0 && !wish.mayUpload}
        />
      }
    >
      <p>{t('guest.make-text')}</p>
      <Paths wish={wish} path={path} onPath={setPath} onChange={setWish} />
      <div className="pair">
        <Select
          label={t('guest.valid')}
          value={wish.hours}
          options={HOURS.map((id) => ({ id, label: t(`guest.hours-${id}`) }))}
          onChange={(hours) => setWish({ ...wish, hours })}
        />
        <Select
          label={t('guest.how-many')}
          value={wish.guests}
          options={GUESTS.map((id) => ({
            id,
            label: id === ANY ? t('guest.any') : t('invite.people', { count: Number(id) }),
          }))}
          onChange={(guests) => setWish({ ...wish, guests })}
        />
      </div>
      <Select
        label={t('guest.from-where')}
        description={t(`guest-reach.${wish.reach}-text`)}
        value={wish.reach}
        options={(['lan', 'internet'] as const).map((id) => ({
          id,
          label: t(`guest-reach.${id}`),
        }))}
        onChange={(reach) => setWish({ ...wish, reach })}
      />
      <Checkbox isOn={wish.mayUpload} onChange={(mayUpload) => setWish({ ...wish, mayUpload })}>
        {t('guest.may-upload')}
      </Checkbox>
    </Sheet>
  );
}

function bodyOf({ paths, hours, guests, mayUpload, reach }: Wish): CreateGuestLink {
  return {
    paths: [...paths],
    expiresInMs: Number(hours) * HOUR_MS,
    reach,
    ...(guests !== ANY && { guestsMax: Number(guests) }),
    ...(mayUpload && { mayUpload }),
  };
}

/** The one in the field counts, too. */
function Paths(props: {
  readonly wish: Wish;
  readonly path: string;
  readonly onPath: (path: string) => void;
  readonly onChange: (wish: Wish) => void;
}) {
  const { wish, path, onPath, onChange } = props;
  const { t } = useWords();
  // not when the field is left: what is below would move away from who clicks there
  const add = (): void => {
    onChange({ ...wish, paths: [...new Set([...wish.paths, path.trim()])] });
    onPath('');
  };
  return (
    <>
      {wish.paths.length > 0 && (
        <ul className="lines">
          {wish.paths.map((each) => (
            <li key={each}>
              <Icon name="file" />
              <div>
                <p className="code" dir="ltr">
                  {each}
                </p>
              </div>
              <IconButton
                icon="close"
                label={t('guest.without', { what: each })}
                onPress={() =>
                  onChange({ ...wish, paths: wish.paths.filter((other) => other !== each) })
                }
              />
            </li>
          ))}
        </ul>
      )}
      <FolderField
        label={t('guest.what')}
        description={t('send.path-text')}
        takesFiles
        value={path}
        onChange={onPath}
      />
      <div className="card-buttons">
        <Button icon="add" isDisabled={path.trim() === ''} onPress={add}>
          {t('guest.more')}
        </Button>
      </div>
    </>
  );
}

export function ShowGuestLink(props: { readonly link: GuestLink; readonly onClose: () => void }) {
  const { t } = useWords();
  const { data } = useAnswer(['guest-links'], 'listGuestLinks', {}, { everyMs: LOOK_EVERY_MS });
  const link = data?.links.find(({ id }) => id === props.link.id) ?? props.link;
  return (
    <Sheet title={link.title} onClose={props.onClose}>
      {link.addresses.length === 0 ? (
        <NotOpen link={link} />
      ) : (
        <Open key={link.addresses[0]?.host} link={link} />
      )}
      <GuestOutside outside={link.outside} />
      <p className="muted">{t('guest.stays')}</p>
    </Sheet>
  );
}

function NotOpen({ link: { state, problem } }: { readonly link: GuestLink }) {
  const { t, tell, hint } = useWords();
  if (problem === undefined) return <p role="status">{t(`guest-state.${state}`)}</p>;
  return (
    <Empty icon="warn" title={tell(problem)}>
      <p>{hint(problem)}</p>
    </Empty>
  );
}

function Open({ link }: { readonly link: GuestLink }) {
  const { addresses, encryption, fingerprint } = link;
  const { t } = useWords();
  const [host, setHost] = useState(addresses[0]?.host ?? '');
  const address = addresses.find((each) => each.host === host) ?? addresses[0];
  const url = address?.url ?? '';
  return (
    <div className="pairing">
      <div className="pairing-code">
        <QrCode text={url} label={t('pair.qr')} />
        <div>
          {addresses.length > 1 && (
            <Select
              label={t('pair.address')}
              description={t('pair.address-text')}
              value={address?.host ?? ''}
              options={addresses.map((each) => ({ id: each.host, label: each.host }))}
              onChange={setHost}
            />
          )}
          <Copied text={url} label={t('guest.link')} />
        </div>
      </div>
      <p className="pairing-note">{t(`guest-encryption.${encryption}`)}</p>
      {fingerprint !== undefined && (
        <p className="code fingerprint" dir="ltr">
          {fingerprint}
        </p>
      )}
    </div>
  );
}
