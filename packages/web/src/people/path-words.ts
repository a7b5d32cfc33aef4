/** How a contact is reached, in words, and what to do when not. */
import type { Contact, ContactDevice, Device } from '@coequal/contract';
import type { Words } from '../i18n/language.ts';

export type PathState = 'here' | 'away' | 'closed';

export function pathState({ path, trust, isGone }: Contact): PathState {
  if (trust === 'blocked' || isGone) return 'closed';
  return path === 'none' ? 'away' : 'here';
}

export function pathLine({ t, format }: Words, contact: Contact, now: number): string {
  const { path, trust, isGone, lastSeen, devices } = contact;
  if (trust === 'blocked') return t('path.blocked');
  if (isGone) return t('path.gone');
  if (path === 'lan' || path === 'direct') return t(`path.${path}`);
  if (path === 'relayed')
    return relayedLine(
      t,
      devices.find((each) => each.path === 'relayed'),
    );
  if (lastSeen === undefined) return t('path.never');
  return t('path.away', { when: format.ago(lastSeen, now) });
}

export function deviceLine({ t, format }: Words, device: ContactDevice, now: number): string {
  const { path, lastSeen } = device;
  if (path === 'lan' || path === 'direct') return t(`path.${path}`);
  if (path === 'relayed') return relayedLine(t, device);
  return lastSeen === undefined
    ? t('path.device-never')
    : t('path.device-away', { when: format.ago(lastSeen, now) });
}

/** Of another own device; nothing while there are no links. */
export function ownDeviceLine({ t }: Words, { path, relayedBy: name }: Device): string | undefined {
  if (path === undefined) return undefined;
  if (path === 'none') return t('own-devices.away');
  if (path !== 'relayed') return t(`path.${path}`);
  return name === undefined ? t('path.relayed') : t('own-devices.through', { name });
}

function relayedLine(t: Words['t'], device: ContactDevice | undefined): string {
  const { relayedBy: name } = device ?? {};
  return name === undefined ? t('path.relayed') : t('path.relayed-by', { name });
}
