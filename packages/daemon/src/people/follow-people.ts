/** What becomes of contacts and of ways to them, told on: to who shows it, to what is sent, and to gifts. */
import type { DeviceKey } from '@coequal/base';
import type { Explanation, PeerEvent } from '@coequal/contract';
import type { Mesh, People } from '@coequal/mesh';
import type { OwnIdentity } from '@coequal/mesh/identity';
import type { Sends } from '../sends/sends.ts';
import { giveGifts } from './gifts.ts';
import type { OwnTrouble } from './own-trouble.ts';
import type { Staging } from './staging.ts';
import type { NearSecrets } from './near-secrets.ts';

export interface Followed {
  readonly own: Pick<OwnIdentity, 'deviceList'>;
  readonly trouble: OwnTrouble;
  readonly people: People;
  readonly mesh: Mesh;
  readonly sends: Sends;
  readonly staging: Staging;
  /** Undefined when nobody is looked for near. */
  readonly near: NearSecrets | undefined;
}

export interface FollowView {
  readonly publish: (
    event: Extract<PeerEvent, { type: 'contacts' | 'identity' | 'invitations' | 'sends' }>,
  ) => void;
  readonly tell: (code: string, details: Explanation['details']) => void;
  readonly onProblem: (error: unknown) => void;
  readonly onBug: (error: unknown) => void;
}

/** Until what it returns is called. */
export function followPeople(followed: Followed, view: FollowView): () => Promise<void> {
  const stop = new AbortController();
  const tasks = [ofPeople, ofLinks].map(async (follow) => {
    try {
      await follow(followed, view, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) view.onBug(error);
    }
  });
  return async () => {
    stop.abort();
    await Promise.all(tasks);
  };
}

async function ofPeople(followed: Followed, view: FollowView, signal: AbortSignal): Promise<void> {
  const { people, mesh, staging, near } = followed;
  const tellOwn = whenOwnChange(people, view);
  const events = people.events(signal);
  near?.refresh();
  // who came while this peer was about to end has not got theirs
  await giveGifts(people, staging, view.onProblem);
  for await (const event of events) {
    switch (event.type) {
      case 'contacts':
        followed.trouble.settled(people.ownSettled());
        near?.refresh();
        mesh.helpersChanged();
        // blocked, removed, or more than a stranger now
        for (const device of mesh.links.linked()) mesh.links.admissionChanged(device);
        view.publish({ type: 'contacts' });
        tellOwn();
        break;
      case 'invitations':
        near?.refresh();
        view.publish({ type: 'invitations' });
        // another own device may have let somebody in, and the gift lies here
        await giveGifts(people, staging, view.onProblem);
        break;
      case 'own-problem':
        followed.trouble.with(event.device, event.fault, followed.own);
        break;
      case 'joined':
        view.tell('CONTACT_JOINED', { name: people.nameOf(event.person) });
        await giveGifts(people, staging, view.onProblem);
        break;
      case 'lagged':
        near?.refresh();
        view.publish({ type: 'contacts' });
        view.publish({ type: 'invitations' });
        await giveGifts(people, staging, view.onProblem);
    }
  }
}

/** Tells, when it is called, that other own devices are there than at the last call. */
export function whenOwnChange(
  people: { ownMeetings(): readonly { readonly device: DeviceKey }[] },
  view: Pick<FollowView, 'publish'>,
): () => void {
  let before = '';
  return () => {
    const now = people
      .ownMeetings()
      .map(({ device }) => device)
      .join();
    if (now !== before) view.publish({ type: 'identity' });
    before = now;
  };
}

async function ofLinks(
  { own, mesh, sends }: Followed,
  { publish }: FollowView,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of mesh.links.events(signal)) {
    publish({ type: 'contacts' });
    if (event.type !== 'path' || own.deviceList.devices.some(({ key }) => key === event.device))
      publish({ type: 'identity' });
    if (event.type === 'path' && event.path.type !== 'none') sends.rouse(event.device);
  }
}
