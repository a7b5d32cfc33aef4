// A process that adds contacts to a book until it is killed, and says each that is acknowledged.
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import { openMeshStore } from '../../../src/io/mesh-store.ts';
import { ContactBook } from '../../../src/io/people/contact-book.ts';
import { InvitationBook } from '../../../src/io/people/invitation-book.ts';
import { deviceOf, ed25519, signerOf } from '../../core/identity/device-lists.ts';
import { stampsOf } from './stamps.ts';

const [path = ''] = process.argv.slice(2);
const database = openMeshStore(path);
const book = new ContactBook(database, ed25519, stampsOf(database));
const invitations = new InvitationBook(database);
const id = '00'.repeat(8);
const secret = new Uint8Array(16);
invitations.add(
  {
    id,
    secret,
    link: 'x',
    note: '',
    createdAt: 1,
    validUntil: 9e15,
    usesMax: 250,
    gift: undefined,
  },
  1,
);
for (let number = 1; number < 250; number++) {
  const { person, sign } = signerOf(number);
  const device = deviceOf(number);
  const devices = [{ key: device, name: 'Laptop', addedAt: 1 }];
  const list = { person, number: 1, devices, revoked: [], signedAt: 1 };
  const introduction = { list, encodedList: encodeDeviceList(list, sign), name: `No. ${number}` };
  book.change(person, () => {
    invitations.use(id, { person, name: introduction.name, isContact: false }, 2);
    book.arrive({ introduction, speaker: device, at: 2, isOwnWish: false });
  });
  process.stdout.write(`${number}\n`);
}
