/** Serves the page over a peer in memory, for working on it: `node packages/web/test/fake-peer/run.ts [transfers] [--fresh] [--people]`. */
import { FakePeer } from './fake-peer.ts';

const [count = '16'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const peer = await FakePeer.open({
  transfers: Number(count),
  isSetUp: !process.argv.includes('--fresh'),
  hasPeople: process.argv.includes('--people'),
  port: 8_421,
});
console.log(peer.url);
setInterval(() => peer.world.tick(), 1_000);
