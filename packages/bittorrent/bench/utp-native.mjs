// Sends (with a port) or receives bytes over utp-native, which webtorrent uses where it is built. Prints the
// port, then, when all has come, the milliseconds from the first byte to the last. The buffer that the system
// keeps for it is made as large as it can be: with the usual one datagrams are lost, and it comes to a tenth.
// webtorrent brings it along, where it can be built
const NAME = 'utp-native';
const { default: utp } = await import(NAME);
const RECEIVE_BUFFER_LENGTH = 4 << 20;

const [length, port] = process.argv.slice(2).map(Number);
if (port === undefined) {
  let received = 0;
  let since = 0;
  const server = utp.createServer((conn) => {
    conn.on('data', (bytes) => {
      if (received === 0) since = performance.now();
      received += bytes.length;
      if (received < length) return;
      console.log(JSON.stringify({ ms: performance.now() - since }));
      process.exit(0);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    server.setRecvBufferSize(RECEIVE_BUFFER_LENGTH);
    console.log(JSON.stringify({ port: server.address().port }));
  });
} else {
  const conn = utp.connect(port, '127.0.0.1');
  conn.on('close', () => process.exit(0));
  const chunk = Buffer.alloc(262_144, 7);
  let left = length;
  const more = () => {
    while (left > 0) {
      left -= chunk.length;
      if (!conn.write(chunk)) return void conn.once('drain', more);
    }
  };
  more();
}
