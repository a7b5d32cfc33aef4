// Nodes of a DHT, one at each address that is given, which all begin with the first. Says when they listen.
//
//   node dht-crowd.ts PORT ADDRESS…
import { tmpdir } from 'node:os';
import { openPorts } from '@coequal/base/node';
import { Engine } from '@coequal/bittorrent';

const [port, first = '', ...others] = process.argv.slice(2);
await using stack = new AsyncDisposableStack();
const ports = stack.use(openPorts({ workers: 1 }));
const contact = { host: first, port: Number(port) };
for (const address of [first, ...others]) {
  const options = {
    downloadDirectory: tmpdir(), // for none
    port: contact.port,
    addresses: [address],
    discovery: { dhtBootstrap: address === first ? [] : [contact] },
  };
  stack.use(await Engine.open(options, ports));
}
console.log(JSON.stringify({ event: 'listening', port: contact.port }));
await new Promise((resolve) => process.once('SIGTERM', resolve));
