/** Moves content that is complete, and says how far it is: to be killed meanwhile. For move-killed.test.ts. */
import { readFileSync } from 'node:fs';
import { openPorts } from '@coequal/base/node';
import { Engine } from '../../src/engine.ts';

const [file = '', downloadDirectory = '', resumeDirectory = '', goal = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
await using ports = openPorts();
await using engine = await Engine.open(
  { downloadDirectory, resumeDirectory, port: false, transport: 'tcp', discovery: false },
  ports,
);
const torrent = await engine.add(readFileSync(file));
await torrent.whenCompleted(signal);
process.stdout.write('0\n');
await torrent.move(goal, signal, (copied, total) =>
  process.stdout.write(`${Math.floor((copied * 100) / total)}\n`),
);
process.stdout.write('moved\n');
