/** The person of the fake peer: words that anybody may know, two devices, a pairing that goes on when it is asked about. */
import type {
  Comparison,
  Device,
  DevicePairing,
  Devices,
  Identity,
  ROUTES,
} from '@coequal/contract';
import { RequestRefused } from '@coequal/contract';
import type { Handlers } from './handlers.ts';
import type { World } from './world.ts';

export const FAKE_WORDS: readonly string[] = `${'abandon '.repeat(23)}art`.split(' ');
const PERSON = 'aa'.repeat(32);
const LAPTOP = 'd1'.repeat(32);
const PHONE = 'd2'.repeat(32);
const AT = 1_795_000_000_000;

interface Desk {
  identity: Identity;
  passPhrase: string | undefined;
  asked: readonly number[];
  devices: Device[];
  revoked: string[];
  listNumber: number;
  pairing: DevicePairing;
  /** Nobody types the code. */
  isPairingHeld: boolean;
  readonly comparisons: Map<string, Comparison>;
}

const NOBODY: Identity = {
  state: 'none',
  isSealed: false,
  isUnlocked: false,
  isRevoked: false,
  needsSigning: false,
  safety: { digits: 60, groupLength: 5, words: 3 },
};

const SOMEBODY: Identity = {
  ...NOBODY,
  state: 'checked',
  person: PERSON,
  device: { key: LAPTOP, name: 'Laptop' },
  listNumber: 2,
  isUnlocked: true,
};

const DEVICES: readonly Device[] = [
  { key: LAPTOP, name: 'Laptop', addedAt: AT, isThis: true },
  { key: PHONE, name: 'Phone', addedAt: AT + 86_400_000, isThis: false, path: 'lan' },
];

const desks = new WeakMap<World, Desk>();

/** Tests put into it what they need. */
export function identityOf(world: World): Desk {
  const known = desks.get(world);
  if (known !== undefined) return known;
  const { hasPeople } = world;
  const desk: Desk = {
    identity: hasPeople ? SOMEBODY : NOBODY,
    passPhrase: undefined,
    asked: [],
    devices: hasPeople ? [...DEVICES] : [],
    revoked: [],
    listNumber: hasPeople ? 2 : 0,
    pairing: { state: 'none' },
    isPairingHeld: false,
    comparisons: new Map(),
  };
  desks.set(world, desk);
  return desk;
}

function refuse(status: number, code: string): RequestRefused {
  return new RequestRefused(status, { code, details: {}, text: code });
}

function change(world: World, identity: Partial<Identity>): Identity {
  const desk = identityOf(world);
  desk.identity = { ...desk.identity, ...identity, listNumber: desk.listNumber };
  world.publish({ type: 'identity' });
  return desk.identity;
}

function begin(
  world: World,
  state: 'created' | 'restored',
  name: string,
  secret?: string,
): Identity {
  const desk = identityOf(world);
  if (desk.identity.state !== 'none') throw refuse(409, 'IDENTITY_EXISTS');
  desk.passPhrase = secret;
  desk.devices = [{ key: LAPTOP, name, addedAt: AT, isThis: true }];
  desk.listNumber = 1;
  return change(world, {
    state,
    person: PERSON,
    device: { key: LAPTOP, name },
    isSealed: secret !== undefined,
    isUnlocked: true,
  });
}

function devicesOf(world: World): Devices {
  const { devices, revoked, listNumber } = identityOf(world);
  return { devices, revoked, listNumber, signedAt: AT };
}

function unseal(world: World, passPhrase: string | undefined): void {
  const { passPhrase: right } = identityOf(world);
  if (right === undefined || right === passPhrase) return;
  if (passPhrase === undefined) throw refuse(409, 'PASS_PHRASE_MISSING');
  throw refuse(422, 'PASS_PHRASE_WRONG');
}

function pair(world: World, pairing: DevicePairing): DevicePairing {
  identityOf(world).pairing = pairing;
  world.publish({ type: 'identity' });
  return pairing;
}

function compare(world: World, comparison: Comparison): Comparison {
  identityOf(world).comparisons.set(comparison.person, comparison);
  world.publish({ type: 'identity' });
  return comparison;
}

type IdentityPath<Name extends keyof typeof ROUTES> =
  (typeof ROUTES)[Name]['path'] extends `/api/v1/identity${string}` ? Name : never;
type IdentityRoutes = { [Name in keyof typeof ROUTES]: IdentityPath<Name> }[keyof typeof ROUTES];

export const IDENTITY_HANDLERS: Pick<Handlers, IdentityRoutes & keyof Handlers> = {
  showIdentity: (world) => identityOf(world).identity,
  createIdentity: (world, { body }) => {
    const identity = begin(world, 'created', body.deviceName ?? 'robin', body.passPhrase);
    return { identity, words: [...FAKE_WORDS] };
  },
  restoreIdentity: (world, { body }) => {
    if (body.words.trim().split(/\s+/).length !== 24) throw refuse(422, 'BAD_WORDS');
    return begin(world, 'restored', body.deviceName ?? 'robin', body.passPhrase);
  },
  examineWords: (_world, { body }) => {
    const words = body.words.trim().split(/\s+/);
    const wrong = words.flatMap((word, at) =>
      FAKE_WORDS.includes(word) ? [] : [{ position: at + 1, word, near: ['abandon'] }],
    );
    const isGood = words.join(' ') === FAKE_WORDS.join(' ');
    const isMixedUp = words.length === 24 && wrong.length === 0 && !isGood;
    return { isGood, count: words.length, wrong, isMixedUp };
  },
  showWords: (world, { body }) => {
    if (identityOf(world).identity.state === 'none') throw refuse(409, 'NO_IDENTITY');
    unseal(world, body.passPhrase);
    return { words: [...FAKE_WORDS] };
  },
  askForWords: (world) => {
    const positions = [3, 12, 24];
    identityOf(world).asked = positions;
    return { positions };
  },
  checkWords: (world, { body }) => {
    const isRight = body.answers.every(({ position, word }) => FAKE_WORDS[position - 1] === word);
    if (!isRight) throw refuse(422, 'WORDS_DIFFER');
    return change(world, { state: 'checked' });
  },
  changePassPhrase: (world, { body }) => {
    unseal(world, body.current);
    identityOf(world).passPhrase = body.next ?? undefined;
    return change(world, { isSealed: body.next !== null });
  },
  unlockIdentity: (world, { body }) => {
    unseal(world, body.passPhrase);
    return change(world, { isUnlocked: true });
  },
  lockIdentity: (world) => change(world, { isUnlocked: !identityOf(world).identity.isSealed }),
  listDevices: (world) => devicesOf(world),
  renameDevice: (world, { params, body }) => {
    const desk = identityOf(world);
    if (!desk.devices.some(({ key }) => key === params.device)) throw refuse(404, 'NO_SUCH_DEVICE');
    desk.devices = desk.devices.map((device) =>
      device.key === params.device ? { ...device, name: body.name } : device,
    );
    desk.listNumber += 1;
    change(world, {});
    return devicesOf(world);
  },
  revokeDevice: (world, { params }) => {
    const desk = identityOf(world);
    if (!desk.devices.some(({ key }) => key === params.device)) throw refuse(404, 'NO_SUCH_DEVICE');
    desk.devices = desk.devices.filter(({ key }) => key !== params.device);
    desk.revoked.push(params.device);
    desk.listNumber += 1;
    change(world, {});
    return devicesOf(world);
  },
  showPairing: (world) => {
    const { pairing, isPairingHeld } = identityOf(world);
    if (isPairingHeld) return pairing;
    if (pairing.state !== 'waiting' && pairing.state !== 'looking') return pairing;
    const other =
      pairing.state === 'waiting' ? { key: PHONE, name: 'Phone' } : { key: LAPTOP, name: 'Laptop' };
    return pair(world, { ...pairing, state: 'asking', other, confirmCode: '4711' });
  },
  startPairing: (world) =>
    pair(world, {
      state: 'waiting',
      code: '7-amber-river-table',
      link: 'coequal:pair/7-amber-river-table',
      validUntil: world.now() + 600_000,
      reach: 'network',
    }),
  joinDevices: (world) => pair(world, { state: 'looking' }),
  answerPairing: (world, { body }) => {
    const desk = identityOf(world);
    if (desk.pairing.state !== 'asking') throw refuse(409, 'NOT_POSSIBLE_NOW');
    unseal(world, body.passPhrase);
    if (!body.accept) return pair(world, { state: 'none' });
    desk.devices = [
      ...desk.devices,
      { key: PHONE, name: 'Phone', addedAt: AT, isThis: false, path: 'lan' },
    ];
    desk.listNumber += 1;
    change(world, {});
    return pair(world, { ...desk.pairing, state: 'joined' });
  },
  cancelPairing: (world) => {
    pair(world, { state: 'none' });
    return {};
  },
  showSafetyNumber: () => ({
    groups: Array.from({ length: 12 }, (_, at) => `${10_000 + at * 7_919}`),
  }),
  showComparison: (world, { params }) =>
    identityOf(world).comparisons.get(params.person) ?? { person: params.person, state: 'none' },
  startComparison: (world, { params }) =>
    compare(world, {
      person: params.person,
      state: 'shown',
      words: ['apple', 'river', 'candle'],
      numbers: [4, 181, 33],
    }),
  answerComparison: (world, { params, body }) =>
    compare(world, { person: params.person, state: body.isSame ? 'same' : 'different' }),
};
