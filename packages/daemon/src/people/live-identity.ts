/** The own identity while links are open. */
import type { OwnIdentity } from '@coequal/mesh/identity';

/** As it is now: its list may be another than when links were opened. */
export function liveIdentity(
  own: OwnIdentity,
  current: () => OwnIdentity | undefined,
): OwnIdentity {
  const now = (): OwnIdentity => current() ?? own;
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
  };
}
