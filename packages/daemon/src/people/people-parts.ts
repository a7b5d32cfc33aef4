/** What is loaded once there is somebody to be in touch with: HyperDHT, and all that is over it. */
export { Lan, lanSecretOf, Mesh, openMeshStore, ownKeysOf, People } from '@coequal/mesh';
export { Comparisons } from '@coequal/mesh/identity';
export { Sends } from '../sends/sends.ts';
export { followPeople } from './follow-people.ts';
export { openPeopleDesks } from './people-desks.ts';
export { sendContactsOf } from './send-contacts.ts';
export { Staging } from './staging.ts';
export { NearSecrets, WayBook } from './way-book.ts';
