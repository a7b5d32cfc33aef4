/** What the fake peer sent to persons, and what lies in its inbox. */
import { RequestRefused } from '@coequal/contract';
import type { InboxRule, Offer, OfferDetail, Send } from '@coequal/contract';
import type { Handlers } from './handlers.ts';
import type { World } from './world.ts';

const BEN = 'be'.repeat(32);
const ANNA = 'a1'.repeat(32);
const NAMES: Readonly<Record<string, string>> = { [BEN]: 'Ben', [ANNA]: 'Anna' };

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
  return desk;
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
    { person: BEN, name: 'Ben', state: 'receiving', have: 301_000_000, since: AT },
    { person: ANNA, name: 'Anna', state: 'unreached', have: 0, since: AT },
  ],
  createdAt: AT,
};

const OFFER: Offer = {
  id: '02'.repeat(16),
  person: ANNA,
  personName: 'Anna',
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
  person: BEN,
  personName: 'Ben',
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
        const name = NAMES[person] ?? person;
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
    const rule = { ...body, ...params, personName: NAMES[params.person] ?? '' };
    deskOf(world).rules.set(params.person, rule);
    return rule;
  },
  removeInboxRule: (world, { params }) => {
    deskOf(world).rules.delete(params.person);
    return {};
  },
};
