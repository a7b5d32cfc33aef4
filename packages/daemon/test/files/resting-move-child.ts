/** Moves a transfer that rests, and says how far it is: to be killed meanwhile. For content-moves.test.ts. */
import { addResting, openRestingTransfers } from './resting-transfers.ts';

const [folder = '', to = ''] = process.argv.slice(2);
const { transfers } = await openRestingTransfers(folder);
const id = await addResting(folder, transfers);
const entry = transfers.get(id);
const noteRelocation = entry.noteRelocation.bind(entry);
let told = -1;
entry.noteRelocation = (progress) => {
  noteRelocation(progress);
  if (progress.type !== 'copying') return;
  const percent = Math.floor((progress.done * 100) / progress.total);
  if (percent > told) process.stdout.write(`${percent}\n`);
  told = percent;
};
process.stdout.write('0\n');
await transfers.move(id, to);
process.stdout.write('100\n');
// it waits to be killed: an end of its own would tidy up
setInterval(() => undefined, 60_000);
