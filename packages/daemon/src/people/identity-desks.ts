/** What the routes of identity ask: over the identity that is kept, and what links bring about. */
import { setImmediate } from 'node:timers/promises';
import { LocalFault, parseDeviceKey } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import type { Comparison, Devices, Identity as IdentityReport } from '@coequal/contract';
import {
  parsePersonKey,
  readWords,
  SAFETY_DIGITS,
  SAFETY_GROUP_LENGTH,
  SAFETY_WORD_COUNT,
  safetyNumberSteps,
  safetyWord,
} from '@coequal/mesh/identity';
import type { Comparisons, Identity, PersonKey } from '@coequal/mesh/identity';
import { explain } from '../peer/explain.ts';
import type { DeviceWay } from './device-ways.ts';
import type {
  DeviceDesk,
  IdentityDesk,
  IdentityDesks,
  PairingDesk,
  SafetyDesk,
  WordDesk,
} from './identity-handlers.ts';

export interface DeskParts {
  readonly identity: Identity;
  readonly pairing: PairingDesk;
  /** Undefined while there are no links. */
  readonly comparisons: () => Comparisons | undefined;
  /** How another own device is reached; undefined while there are no links. */
  readonly wayTo?: (device: DeviceKey) => DeviceWay | undefined;
  /** What is not as it should be between own devices. */
  readonly trouble?: () => LocalFault | undefined;
  /** Of this device, when a person gives none. */
  readonly deviceName: string;
  /** Aborted when the peer stops. */
  readonly signal: AbortSignal;
}

export function createIdentityDesks(parts: DeskParts): IdentityDesks {
  const { identity, pairing } = parts;
  return {
    identity: identityDesk(parts),
    words: wordDesk(identity),
    devices: deviceDesk(parts),
    pairing,
    safety: safetyDesk(parts),
  };
}

function identityDesk({ identity, deviceName, trouble }: DeskParts): IdentityDesk {
  return {
    show() {
      const fault = trouble?.();
      return { ...reportOf(identity), ...(fault !== undefined && { problem: explain(fault) }) };
    },
    async create(request) {
      const name = request.deviceName ?? deviceName;
      const words = await identity.create({ deviceName: name, passPhrase: request.passPhrase });
      return { identity: reportOf(identity), words: [...words] };
    },
    async restore({ words, deviceName: name = deviceName, passPhrase }) {
      await identity.restore(words, { deviceName: name, passPhrase });
      return reportOf(identity);
    },
    async changePassPhrase({ current, next }) {
      await identity.changePassPhrase(current, next ?? undefined);
      return reportOf(identity);
    },
    async unlock(passPhrase) {
      await identity.unlock(passPhrase);
      return reportOf(identity);
    },
    lock() {
      identity.lock();
      return reportOf(identity);
    },
  };
}

function reportOf(identity: Identity): IdentityReport {
  const { deviceList: list, device: key, unlockedUntil } = identity;
  const name = list?.devices.find((device) => device.key === key)?.name;
  return {
    state: identity.state,
    ...(list !== undefined && { person: list.person, listNumber: list.number }),
    ...(name !== undefined && { device: { key, name } }),
    isSealed: identity.isSealed,
    isUnlocked: identity.isUnlocked,
    ...(unlockedUntil !== undefined && { unlockedUntil: Math.round(unlockedUntil) }),
    isRevoked: identity.isRevoked,
    needsSigning: identity.needsSigning,
    safety: {
      digits: SAFETY_DIGITS,
      groupLength: SAFETY_GROUP_LENGTH,
      words: SAFETY_WORD_COUNT,
    },
  };
}

function wordDesk(identity: Identity): WordDesk {
  return {
    examine(text) {
      const reading = readWords(text);
      const none = { isGood: false, isMixedUp: false, wrong: [] };
      switch (reading.type) {
        case 'good':
          return { ...none, isGood: true, count: reading.words.length };
        case 'mixed-up':
          return { ...none, isMixedUp: true, count: 24 };
        case 'count':
          return { ...none, count: reading.count };
        case 'unknown': {
          const wrong = reading.wrong.map((each) => ({ ...each, near: [...each.near] }));
          return { ...none, count: reading.count, wrong };
        }
      }
    },
    show: (passPhrase) => identity.showWords(passPhrase),
    ask: () => identity.askForWords(),
    async check(answers) {
      await identity.checkWords(answers);
      return reportOf(identity);
    },
  };
}

function deviceDesk({ identity, wayTo }: DeskParts): DeviceDesk {
  const list = (): Devices => devicesOf(identity, wayTo);
  return {
    list,
    async rename(device, name) {
      await identity.renameDevice(parseDeviceKey(device), name);
      return list();
    },
    async revoke(device) {
      await identity.revokeDevice(parseDeviceKey(device));
      return list();
    },
  };
}

function devicesOf(
  { deviceList: list, device: own }: Identity,
  wayTo: DeskParts['wayTo'],
): Devices {
  if (list === undefined) throw new LocalFault('NO_IDENTITY');
  const devices = list.devices.map(({ key, name, addedAt }) => ({
    key,
    name,
    addedAt: addedAt * 1_000,
    isThis: key === own,
    ...(key !== own && wayTo?.(key)),
  }));
  const { number: listNumber, signedAt } = list;
  return { devices, revoked: [...list.revoked], listNumber, signedAt: signedAt * 1_000 };
}

function safetyDesk({ identity, comparisons, signal: stopping }: DeskParts): SafetyDesk {
  const needOwn = (): PersonKey => {
    const { own } = identity;
    if (own === undefined) throw new LocalFault('NO_IDENTITY');
    return own.person;
  };
  const show = (text: string): Comparison => {
    needOwn();
    const person = parsePersonKey(text);
    return comparisonOf(person, comparisons());
  };
  const need = (): Comparisons => {
    needOwn();
    const open = comparisons();
    if (open === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'links' });
    return open;
  };
  return {
    async number(text, signal) {
      const steps = safetyNumberSteps(needOwn(), parsePersonKey(text));
      for (;;) {
        const { value, done } = steps.next();
        if (done === true) return { groups: [...value] };
        await setImmediate(undefined, { signal });
      }
    },
    show,
    async start(text) {
      await need().start(parsePersonKey(text), stopping);
      return show(text);
    },
    async answer(text, isSame) {
      need().answer(parsePersonKey(text), isSame);
      return show(text);
    },
  };
}

function comparisonOf(person: PersonKey, comparisons: Comparisons | undefined): Comparison {
  const state = comparisons?.state(person) ?? { type: 'none' };
  switch (state.type) {
    case 'shown': {
      const numbers = [...state.words];
      return { person, state: 'shown', words: numbers.map(safetyWord), numbers };
    }
    case 'failed':
      return { person, state: 'failed', problem: explain(state.why) };
    case 'none':
    case 'connecting':
    case 'same':
    case 'different':
      return { person, state: state.type };
  }
}
