// Nodes of a DHT, one at each address that is given, which all begin with the first. Says when they listen.
//
//   node dht-crowd.ts PORT ADDRESS…
import { openPorts } from '@coequal/base/node';
import { Dht } from '@coequal/bittorrent/dht';

const [port, first = '', ...others] = process.argv.slice(2);
await using stack = new AsyncDisposableStack();
const ports = stack.use(openPorts({ workers: 1 }));
const contact = { host: first, port: Number(port) };
const { signal } = new AbortController();
for (const address of [first, ...others]) {
  const sockets = [{ host: address, port: contact.port }];
  const bootstrap = address === first ? [] : [contact];
  stack.use(await Dht.open({ sockets, bootstrap }, ports, signal));
}
console.log(JSON.stringify({ event: 'listening', port: contact.port }));
await new Promise((resolve) => process.once('SIGTERM', resolve));
