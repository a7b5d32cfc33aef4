/** Runs beside a peer in its namespace: lets the test, which is outside, ask the peer's API over a socket of the file system. */
import { connect, createServer } from 'node:net';

if (import.meta.main) {
  const [path, port] = process.argv.slice(2);
  const server = createServer((outer) => {
    const inner = connect(Number(port), '127.0.0.1');
    inner.on('error', () => outer.destroy());
    outer.on('error', () => inner.destroy());
    outer.pipe(inner).pipe(outer);
  });
  server.listen(path, () => process.stdout.write('{"event":"open"}\n'));
}
