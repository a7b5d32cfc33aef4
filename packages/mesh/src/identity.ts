/** `@coequal/mesh/identity`: who a person is, and their devices, without loading what links are made of. */
export { parsePersonKey, personKeyBytes, personKeyOf } from './core/identity/person-key.ts';
export type { PersonKey } from './core/identity/person-key.ts';
export {
  certifiedDevice,
  decodeDeviceList,
  DEVICE_LIST_LENGTH_MAX,
  encodeDeviceList,
  newerList,
} from './core/identity/device-list.ts';
export type { DeviceEntry, DeviceList } from './core/identity/device-list.ts';
export { deviceNameOf, isDeviceName } from './core/identity/device-certificate.ts';
export { readWords } from './core/identity/words.ts';
export type { WordsReading, WrongWord } from './core/identity/words.ts';
export { SAFETY_WORD_COUNT } from './core/safety/comparison.ts';
export {
  SAFETY_DIGITS,
  SAFETY_GROUP_LENGTH,
  safetyNumberSteps,
} from './core/safety/safety-number.ts';
export { safetyWord } from './core/safety/safety-words.ts';
export { Comparisons } from './io/identity/comparisons.ts';
export type {
  ComparisonPorts,
  ComparisonState,
  ComparisonView,
} from './io/identity/comparisons.ts';
export { admitDevice, joinPerson } from './io/identity/pair-devices.ts';
export type { OtherDevice, PairPorts, ProvenChannel } from './io/identity/pair-devices.ts';
export { Identity } from './io/identity/identity.ts';
export type { LearnedList } from './io/identity/identity.ts';
export type { IdentityOptions, NewPerson, OwnIdentity } from './io/identity/identity.ts';
export type { IdentityPorts } from './io/identity/kept-identity.ts';
export { readInvitation } from './core/invite/read-invitation.ts';
export type { InvitationRead } from './core/invite/read-invitation.ts';
export { parseCode } from './core/invite/spoken-code.ts';
