/** The routes of the person's identity, their devices, and comparing with a contact. */
import type {
  AnswerPairing,
  AnswerWordCheck,
  ChangePassPhrase,
  Comparison,
  CreatedIdentity,
  CreateIdentity,
  DevicePairing,
  Devices,
  Identity,
  JoinDevices,
  RestoreIdentity,
  SafetyNumber,
  WordsReport,
} from '@coequal/contract';
import type { Handlers } from '../api/handler.ts';

type IdentityRoutes = 'showIdentity' | 'createIdentity' | 'restoreIdentity' | 'changePassPhrase';
type LockRoutes = 'unlockIdentity' | 'lockIdentity';
type WordRoutes = 'examineWords' | 'showWords' | 'askForWords' | 'checkWords';
type DeviceRoutes = 'listDevices' | 'renameDevice' | 'revokeDevice';
type PairingRoutes =
  | 'showPairing'
  | 'startPairing'
  | 'joinDevices'
  | 'answerPairing'
  | 'cancelPairing';
type SafetyRoutes = 'showSafetyNumber' | 'showComparison' | 'startComparison' | 'answerComparison';
type Routes =
  | IdentityRoutes
  | LockRoutes
  | WordRoutes
  | DeviceRoutes
  | PairingRoutes
  | SafetyRoutes;

/** What they refuse is in the routes. */
export interface IdentityDesk {
  show(): Identity;
  create(request: CreateIdentity): Promise<CreatedIdentity>;
  restore(request: RestoreIdentity): Promise<Identity>;
  changePassPhrase(request: ChangePassPhrase): Promise<Identity>;
  unlock(passPhrase: string): Promise<Identity>;
  lock(): Identity;
}

export interface WordDesk {
  examine(words: string): WordsReport;
  show(passPhrase: string | undefined): Promise<readonly string[]>;
  ask(): readonly number[];
  check(answers: AnswerWordCheck['answers']): Promise<Identity>;
}

export interface DeviceDesk {
  list(): Devices;
  rename(device: string, name: string): Promise<Devices>;
  revoke(device: string): Promise<Devices>;
}

export interface PairingDesk {
  show(): DevicePairing;
  start(): Promise<DevicePairing>;
  join(request: JoinDevices): Promise<DevicePairing>;
  answer(request: AnswerPairing): Promise<DevicePairing>;
  cancel(): void;
}

export interface SafetyDesk {
  number(person: string, signal: AbortSignal): Promise<SafetyNumber>;
  show(person: string): Comparison;
  start(person: string): Promise<Comparison>;
  answer(person: string, isSame: boolean): Promise<Comparison>;
}

export interface IdentityDesks {
  readonly identity: IdentityDesk;
  readonly words: WordDesk;
  readonly devices: DeviceDesk;
  readonly pairing: PairingDesk;
  readonly safety: SafetyDesk;
}

/** `need` throws LocalFault `IDENTITY_UNREADABLE` when the identity could not be opened. */
export function identityHandlers(need: () => IdentityDesks): Pick<Handlers, Routes> {
  return {
    showIdentity: () => need().identity.show(),
    createIdentity: ({ body }) => need().identity.create(body),
    restoreIdentity: ({ body }) => need().identity.restore(body),
    changePassPhrase: ({ body }) => need().identity.changePassPhrase(body),
    unlockIdentity: ({ body }) => need().identity.unlock(body.passPhrase),
    lockIdentity: () => need().identity.lock(),
    ...wordHandlers(() => need().words),
    ...deviceHandlers(() => need().devices),
    ...pairingHandlers(() => need().pairing),
    ...safetyHandlers(() => need().safety),
  };
}

function wordHandlers(desk: () => WordDesk): Pick<Handlers, WordRoutes> {
  return {
    examineWords: ({ body }) => desk().examine(body.words),
    showWords: async ({ body }) => ({ words: [...(await desk().show(body.passPhrase))] }),
    askForWords: () => ({ positions: [...desk().ask()] }),
    checkWords: ({ body }) => desk().check(body.answers),
  };
}

function deviceHandlers(desk: () => DeviceDesk): Pick<Handlers, DeviceRoutes> {
  return {
    listDevices: () => desk().list(),
    renameDevice: ({ params, body }) => desk().rename(params.device, body.name),
    revokeDevice: ({ params }) => desk().revoke(params.device),
  };
}

function pairingHandlers(desk: () => PairingDesk): Pick<Handlers, PairingRoutes> {
  return {
    showPairing: () => desk().show(),
    startPairing: () => desk().start(),
    joinDevices: ({ body }) => desk().join(body),
    answerPairing: ({ body }) => desk().answer(body),
    cancelPairing() {
      desk().cancel();
      return {};
    },
  };
}

function safetyHandlers(desk: () => SafetyDesk): Pick<Handlers, SafetyRoutes> {
  return {
    showSafetyNumber: ({ params }, _caller, signal) => desk().number(params.person, signal),
    showComparison: ({ params }) => desk().show(params.person),
    startComparison: ({ params }) => desk().start(params.person),
    answerComparison: ({ params, body }) => desk().answer(params.person, body.isSame),
  };
}
