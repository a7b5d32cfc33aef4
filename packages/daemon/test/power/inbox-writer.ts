// A process with an inbox in a new data directory, which says each answer to an offer that was acknowledged.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { deviceKeyOf } from '@coequal/base';
import { makeHome } from '../../src/peer/home-lock.ts';
import { InboxBook } from '../../src/sends/inbox-book.ts';
import { SendRecords } from '../../src/sends/send-records.ts';
import type { OfferRecord } from '../../src/sends/send-records.ts';
import { openStore } from '../../src/store/store.ts';

const OFFERS = 150;
const EVENTS = ['accept', 'decline', 'withdraw'] as const;

export interface Said {
  readonly id: string;
  /** Undefined: it is deleted. */
  readonly state: OfferRecord['state'] | undefined;
}

const [home = ''] = process.argv.slice(2);
makeHome(home);
const book = new InboxBook(new SendRecords(openStore(join(home, 'daemon.sqlite'))));
const say = (said: Said): void => void writeSync(1, `${JSON.stringify(said)}\n`);

for (let number = 0; number < OFFERS; number++) {
  const id = number.toString(16).padStart(16, '0');
  const offer: OfferRecord = {
    id,
    device: deviceKeyOf(new Uint8Array(32).fill(number)),
    person: `person ${number}`,
    personName: 'Anna',
    sentId: id,
    name: 'film.mp4',
    note: 'x'.repeat(2_000),
    length: 1_000,
    fileCount: 1,
    kinds: [1],
    metainfoLength: 100,
    metainfoHash: '00'.repeat(32),
    hasMetainfo: false,
    state: 'waiting',
    problem: undefined,
    warnings: [],
    found: [],
    directory: undefined,
    isReleased: false,
    path: undefined,
    ticket: undefined,
    devices: [],
    have: 0,
    receivers: 1,
    receiversDone: 0,
    isTold: false,
    receivedAt: number,
    answeredAt: undefined,
    completedAt: undefined,
  };
  book.add(offer);
  say({ id, state: 'waiting' });
  const event = EVENTS[number % (EVENTS.length + 1)];
  if (event === undefined) continue;
  const { state } = book.step(id, event, { answeredAt: number, directory: '/in' }) ?? offer;
  say({ id, state });
  if (event !== 'decline') continue;
  book.delete(id);
  say({ id, state: undefined });
}
// the file stays as it is: the power went
process.exit(0);
