// A node of bittorrent-dht (npm) on loopback: reads a JSON object a line, of what to do, and writes one for what
// happens: listening, announced, peers, put, item. Ends on SIGTERM, or when its standard input does.
import { createInterface } from 'node:readline';
import { createPrivateKey, sign, verify } from 'node:crypto';
import { Client } from 'bittorrent-dht';

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const dht = new Client({
  bootstrap: false,
  verify: (signature, message, key) =>
    verify(
      null,
      message,
      { key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' },
      signature,
    ),
});
const ports = new Set();

function tell(event, fields) {
  console.log(JSON.stringify({ event, ...fields }));
}

function obey(command) {
  switch (command.do) {
    case 'add-node':
      dht.addNode({ host: '127.0.0.1', port: command.port });
      break;
    case 'announce':
      tell('announcing', { port: 6882 });
      dht.announce(command.hash, 6882, (error) => tell('announced', { error: error?.message }));
      break;
    case 'get-peers':
      dht.lookup(command.hash, () => tell('peers', { hash: command.hash, ports: [...ports] }));
      break;
    case 'put':
      dht.put({ v: command.value }, (error, hash) =>
        tell('put', { error: error?.message, hash: hash?.toString('hex') }),
      );
      break;
    case 'put-torrent': {
      const key = Buffer.concat([PKCS8, Buffer.from(command.secret, 'hex')]);
      const secret = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
      const item = {
        k: Buffer.from(command.public, 'hex'),
        salt: Buffer.from(command.salt),
        seq: command.sequence,
        v: { ih: Buffer.from(command.hash, 'hex') },
        sign: (message) => sign(null, message, secret),
      };
      dht.put(item, (error, hash) =>
        tell('put', { error: error?.message, hash: hash?.toString('hex') }),
      );
      break;
    }
    case 'get-torrent':
      dht.get(command.target, { salt: Buffer.from(command.salt) }, (error, item) =>
        tell('torrent', {
          error: error?.message,
          hash: item?.v?.ih?.toString('hex'),
          sequence: item?.seq,
        }),
      );
      break;
    case 'get':
      dht.get(command.hash, (error, item) =>
        tell('item', {
          error: error?.message,
          value: item?.v?.toString(),
          sequence: item?.seq,
        }),
      );
      break;
  }
}

dht.on('peer', (peer) => ports.add(peer.port));
dht.on('node', () => tell('node'));
dht.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
dht.listen(0, '127.0.0.1', () => tell('listening', { port: dht.address().port }));
process.on('SIGTERM', () => process.exit(0));
createInterface({ input: process.stdin })
  .on('line', (line) => obey(JSON.parse(line)))
  .on('close', () => process.exit(0));
