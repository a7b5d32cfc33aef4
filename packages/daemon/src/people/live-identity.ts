/** The own identity while links are open. */
import { LocalFault } from '@coequal/base';
import type { OwnIdentity } from '@coequal/mesh/identity';
import type { OwnTrouble } from './own-trouble.ts';

export interface LiveView {
  /** Undefined once this device was revoked. */
  readonly own: () => OwnIdentity | undefined;
  readonly onProblem: (error: unknown) => void;
}

/** As it is now: its list may be another than when links were opened. What comes of lists that others have is told. */
export function liveIdentity(
  own: OwnIdentity,
  view: LiveView,
  trouble: Pick<OwnTrouble, 'learned'>,
): OwnIdentity {
  const now = (): OwnIdentity => view.own() ?? own;
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
        trouble.learned(became, view.own() === undefined);
        return became;
      } catch (error) {
        // the disk, or a list that would be too long: it comes again
        if (!(error instanceof LocalFault)) throw error;
        view.onProblem(error);
        return 'known';
      }
    },
  };
}
