/** The own identity while links are open. */
import { LocalFault } from '@coequal/base';
import type { LearnedList, OwnIdentity } from '@coequal/mesh/identity';

export interface LiveView {
  /** Undefined once this device was revoked. */
  readonly own: () => OwnIdentity | undefined;
  readonly tell: (code: string, details: Readonly<Record<string, string>>) => void;
  readonly onProblem: (error: unknown) => void;
}

/** As it is now: its list may be another than when links were opened. */
export function liveIdentity(own: OwnIdentity, view: LiveView): OwnIdentity {
  const now = (): OwnIdentity => view.own() ?? own;
  /** What was told last, so that each device that says the same does not make it be told again. */
  let told: LearnedList | undefined;
  return {
    person: own.person,
    device: own.device,
    get deviceList() {
      return now().deviceList;
    },
    get encodedDeviceList() {
      return now().encodedDeviceList;
    },
    deviceSecret: () => own.deviceSecret(),
    async learnList(encodedList) {
      try {
        const became = await own.learnList(encodedList);
        const isRevoked = became === 'adopted' && view.own() === undefined;
        if (isRevoked) view.onProblem(new LocalFault('OWN_DEVICE_REVOKED'));
        else if (became === 'adopted' || became === 'signed') view.tell('OWN_LIST_NEW', {});
        else if (became !== 'known' && became !== told)
          view.onProblem(new LocalFault('OWN_LISTS_DIFFER', { became }));
        if (became !== 'known') told = became;
        return became;
      } catch (error) {
        if (!(error instanceof LocalFault)) throw error;
        view.onProblem(error);
        return 'known';
      }
    },
  };
}
