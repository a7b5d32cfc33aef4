/** What the fake peer sent to persons, and what lies in its inbox. */
import { RequestRefused } from '@coequal/contract';
import type { InboxRule, Offer, OfferDetail, Send, SendReceiver } from '@coequal/contract';
import type { Handlers } from './handlers.ts';
import { MIRA, peopleOf, TOM } from './people.ts';
import type { World } from './world.ts';

/** Goes a second. */
const STEPS = 4;

function nameOf(world: World, person: string): string {
  return peopleOf(world).contacts.get(person)?.name ?? person;
}

interface Desk {
  readonly sends: Map<string, Send>;
  readonly offers: Map<string, Offer>;
  readonly rules: Map<string, InboxRule>;
}

const desks = new WeakMap<World, Desk>();

/** Tests put into it what they need. */
export function deskOf(world: World): Desk {
  const known = desks.get(world);
  if (known !== undefined) return known;
  const desk: Desk = {
    sends: new Map([[SEND.id, SEND]]),
    offers: new Map([OFFER, DOUBTFUL].map((offer) => [offer.id, offer])),
    rules: new Map(),
  };
  desks.set(world, desk);
  world.moves.add(() => move(world, desk));
  return desk;
}

/** Who is asked accepts, and has it after some seconds; who is not there is asked later. */
function move(world: World, desk: Desk): void {
  for (const send of desk.sends.values()) {
    if (send.state !== 'offered') continue;
    const receivers = send.receivers.map((receiver) => moved(world, send, receiver));
    const isOver = receivers.every(
      ({ state }) => !['unreached', 'waiting', 'receiving'].includes(state),
    );
    const up = receivers.some(({ state }) => state === 'receiving') ? send.size / STEPS : 0;
    const state = isOver ? ('finished' as const) : send.state;
    desk.sends.set(send.id, { ...send, receivers, up, state });
  }
  for (const offer of desk.offers.values()) {
    if (offer.state !== 'receiving') continue;
    const have = Math.min(offer.size, offer.have + Math.ceil(offer.size / STEPS));
    if (have < offer.size) desk.offers.set(offer.id, { ...offer, have });
    else desk.offers.set(offer.id, arrived({ ...offer, have, down: 0, sources: 0 }));
  }
  world.publish({ type: 'sends' });
}

function moved(world: World, { size }: Send, receiver: SendReceiver): SendReceiver {
  const { person, state, have } = receiver;
  const isHere = peopleOf(world).contacts.get(person)?.path !== 'none';
  if (state === 'unreached') return isHere ? { ...receiver, state: 'waiting' } : receiver;
  if (state === 'waiting') return { ...receiver, state: 'receiving' };
  if (state !== 'receiving') return receiver;
  const next = Math.min(size, have + Math.ceil(size / STEPS));
  return { ...receiver, have: next, state: next === size ? 'done' : 'receiving' };
}

/** What looks dangerous is held apart. */
function arrived(offer: Offer): Offer {
  const state = offer.warnings.length > 0 ? 'quarantined' : 'done';
  return { ...offer, state, path: `${offer.directory}/${offer.name}` };
}

const AT = 1_795_000_000_000;

const SEND: Send = {
  id: '01'.repeat(16),
  name: 'holiday',
  size: 812_000_000,
  files: 210,
  note: 'As promised.',
  state: 'offered',
  up: 2_400_000,
  canLeave: false,
  receivers: [
    { person: MIRA, name: 'Mira', state: 'receiving', have: 301_000_000, since: AT },
    { person: TOM, name: 'Tom', state: 'unreached', have: 0, since: AT },
  ],
  createdAt: AT,
};

const OFFER: Offer = {
  id: '02'.repeat(16),
  person: MIRA,
  personName: 'Mira',
  name: 'garden.mp4',
  size: 94_000_000,
  files: 1,
  note: 'The frogs are back!',
  kinds: { video: 1 },
  isListed: true,
  state: 'waiting',
  warnings: [],
  have: 0,
  down: 0,
  sources: 0,
  receivers: 0,
  receiversDone: 0,
  receivedAt: AT,
  expiresAt: AT + 14 * 86_400_000,
};

const DOUBTFUL: Offer = {
  ...OFFER,
  id: '03'.repeat(16),
  person: TOM,
  personName: 'Tom',
  name: 'tools',
  files: 2,
  note: '',
  kinds: { program: 1, picture: 1 },
  state: 'quarantined',
  warnings: [
    { warning: 'PROGRAM', files: 1 },
    { warning: 'DOUBLE_EXTENSION', files: 1 },
  ],
  directory: '/home/robin/Downloads',
  path: '/home/robin/Downloads/.coequal-quarantine/03030303/tools',
  have: 94_000_000,
  completedAt: AT,
};

function found<Thing>(things: ReadonlyMap<string, Thing>, id: string, code: string): Thing {
  const thing = things.get(id);
  if (thing === undefined)
    throw new RequestRefused(404, { code, details: {}, text: 'there is no such thing' });
  return thing;
}

function offerOf(world: World, id: string): Offer {
  return found(deskOf(world).offers, id, 'NO_SUCH_OFFER');
}

function change(world: World, offer: Offer): Offer {
  deskOf(world).offers.set(offer.id, offer);
  world.publish({ type: 'sends' });
  return offer;
}

function detailOf(offer: Offer): OfferDetail {
  const size = offer.size / offer.files;
  if (offer.files === 1) return { offer, files: [{ path: offer.name, size, warnings: [] }] };
  const files: OfferDetail['files'] = [
    {
      path: `${offer.name}/frog.jpg.exe`,
      size,
      warnings: offer.warnings.map(({ warning }) => warning),
    },
    { path: `${offer.name}/frog.jpg`, size, warnings: [] },
  ];
  return { offer, files };
}

type SendRoutes =
  | 'listSends'
  | 'beginSend'
  | 'showSend'
  | 'withdrawSend'
  | 'forgetSend'
  | 'showInbox'
  | 'showOffer'
  | 'acceptOffer'
  | 'declineOffer'
  | 'releaseOffer'
  | 'forgetOffer'
  | 'putInboxRule'
  | 'removeInboxRule';

export const SEND_HANDLERS: Pick<Handlers, SendRoutes> = {
  listSends: (world) => ({ sends: [...deskOf(world).sends.values()].toReversed() }),
  beginSend: (world, { body }) => {
    const { sends } = deskOf(world);
    const send: Send = {
      ...SEND,
      id: (sends.size + 16).toString(16).repeat(16),
      name: body.name ?? body.paths[0]?.split('/').at(-1) ?? '',
      note: body.note ?? '',
      up: 0,
      receivers: body.to.map((person) => {
        const name = nameOf(world, person);
        return { person, name, state: 'unreached', have: 0, since: world.now() };
      }),
      createdAt: world.now(),
    };
    sends.set(send.id, send);
    world.publish({ type: 'sends' });
    return send;
  },
  showSend: (world, { params }) => found(deskOf(world).sends, params.id, 'NO_SUCH_SEND'),
  withdrawSend: (world, { params }) => {
    const { sends } = deskOf(world);
    const send = { ...found(sends, params.id, 'NO_SUCH_SEND'), state: 'withdrawn' as const };
    sends.set(send.id, send);
    world.publish({ type: 'sends' });
    return send;
  },
  forgetSend: (world, { params }) => {
    found(deskOf(world).sends, params.id, 'NO_SUCH_SEND');
    deskOf(world).sends.delete(params.id);
    return {};
  },
  showInbox: (world) => {
    const { offers, rules } = deskOf(world);
    return { offers: [...offers.values()], rules: [...rules.values()] };
  },
  showOffer: (world, { params }) => detailOf(offerOf(world, params.id)),
  acceptOffer: (world, { params, body }) =>
    change(world, {
      ...offerOf(world, params.id),
      state: 'receiving',
      directory: body.directory ?? '/home/robin/Downloads',
      down: 3_000_000,
      sources: 1,
    }),
  declineOffer: (world, { params }) =>
    change(world, { ...offerOf(world, params.id), state: 'declined', down: 0 }),
  releaseOffer: (world, { params }) => {
    const offer = offerOf(world, params.id);
    const path = `${offer.directory}/${offer.name}`;
    return change(world, { ...offer, state: 'done', path });
  },
  forgetOffer: (world, { params }) => {
    offerOf(world, params.id);
    deskOf(world).offers.delete(params.id);
    return {};
  },
  putInboxRule: (world, { params, body }) => {
    const rule = { ...body, ...params, personName: nameOf(world, params.person) };
    deskOf(world).rules.set(params.person, rule);
    return rule;
  },
  removeInboxRule: (world, { params }) => {
    deskOf(world).rules.delete(params.person);
    return {};
  },
};
