/** The devices of this person: named, added, and taken out for ever. */
import type { Device, Identity } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { ownDeviceLine } from '../people/path-words.ts';
import { Button, MenuButton, Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { AddDeviceSheet } from './add-device-sheet.tsx';
import { UnlockSheet } from './pass-phrase.tsx';

type Wish =
  | { readonly type: 'add' }
  | { readonly type: 'rename' | 'revoke'; readonly device: Device };

export function OwnDevices({ identity }: { readonly identity: Identity }) {
  const { t } = useWords();
  const answer = useAnswer(['identity', 'devices'], 'listDevices', {});
  const [wish, setWish] = useState<Wish>();
  const { state, isUnlocked } = identity;
  const isMember = state === 'member';
  const close = (): void => setWish(undefined);
  return (
    <section className="card" aria-labelledby="own-devices">
      <h2 id="own-devices">{t('own-devices.title')}</h2>
      <p className="muted">{t(isMember ? 'own-devices.member' : 'own-devices.text')}</p>
      <Answered answer={answer}>
        {({ devices }) => (
          <ul className="lines">
            {devices.map((device) => (
              <DeviceLine
                key={device.key}
                device={device}
                onWish={isMember ? undefined : (type) => setWish({ type, device })}
              />
            ))}
          </ul>
        )}
      </Answered>
      {!isMember && (
        <Button icon="add" onPress={() => setWish({ type: 'add' })}>
          {t('add-device.title')}
        </Button>
      )}
      {wish?.type === 'add' && <AddDeviceSheet identity={identity} onClose={close} />}
      {wish !== undefined && wish.type !== 'add' && !isUnlocked && (
        <UnlockSheet onClose={close} onOpen={() => undefined} />
      )}
      {wish?.type === 'rename' && isUnlocked && (
        <RenameSheet device={wish.device} onClose={close} />
      )}
      {wish?.type === 'revoke' && isUnlocked && (
        <RevokeSheet device={wish.device} onClose={close} />
      )}
    </section>
  );
}

function DeviceLine(props: {
  readonly device: Device;
  readonly onWish: ((type: 'rename' | 'revoke') => void) | undefined;
}) {
  const { name, addedAt, isThis, path } = props.device;
  const { onWish } = props;
  const words = useWords();
  const { t, format } = words;
  const way = ownDeviceLine(words, props.device);
  return (
    <li>
      <Icon name="phone" />
      <div>
        <p className="line-name" dir="auto">
          {name}
        </p>
        {way !== undefined && (
          <p className="person-path" data-path={path === 'none' ? 'away' : 'here'}>
            {way}
          </p>
        )}
        <p className="muted">{t('own-devices.since', { date: format.date(addedAt) })}</p>
      </div>
      {isThis && <span className="badge">{t('own-devices.this')}</span>}
      {onWish !== undefined && (
        <MenuButton
          label={t('own-devices.menu', { name })}
          onAction={(id) => onWish(id === 'rename' ? 'rename' : 'revoke')}
          entries={[
            { id: 'rename', label: t('own-devices.rename'), icon: 'rename' },
            {
              id: 'revoke',
              label: t('own-devices.revoke'),
              icon: 'remove',
              isDanger: true,
              isDisabled: isThis,
            },
          ]}
        />
      )}
    </li>
  );
}

function RenameSheet({ device, onClose }: { readonly device: Device; onClose: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [name, setName] = useState(device.name);
  const rename = async (): Promise<void> => {
    const request = { params: { device: device.key }, body: { name: name.trim() } };
    const isDone = await attempt(async () => {
      queries.setQueryData(['identity', 'devices'], await client.call('renameDevice', request));
    });
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t('own-devices.rename')}
      size="small"
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void rename()}
          doing={t('common.save')}
          isDisabled={name.trim() === ''}
        />
      }
    >
      <TextField
        label={t('who.device')}
        value={name}
        onChange={setName}
        onEnter={() => void rename()}
        autoFocus
      />
    </Sheet>
  );
}

function RevokeSheet({ device, onClose }: { readonly device: Device; onClose: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  const revoke = async (): Promise<void> => {
    const isDone = await attempt(async () => {
      const answer = await client.call('revokeDevice', { params: { device: device.key } });
      queries.setQueryData(['identity', 'devices'], answer);
      notify({ title: t('own-devices.revoked', { name: device.name }) });
    });
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t('own-devices.revoke-title', { name: device.name })}
      size="small"
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void revoke()}
          doing={t('own-devices.revoke-do')}
          kind="danger"
          icon="remove"
        />
      }
    >
      <p>{t('own-devices.revoke-text')}</p>
    </Sheet>
  );
}
