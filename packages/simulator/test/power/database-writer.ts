// A process that adds rows to a database and says each that is acknowledged.
import { writeSync } from 'node:fs';
import { Database } from '@coequal/base/database';

const [path = '', synchronous = '', rows = ''] = process.argv.slice(2);
const database = Database.open(path, [
  'CREATE TABLE rows (n INTEGER PRIMARY KEY, text TEXT) STRICT',
]);
if (synchronous !== '') database.run(`PRAGMA synchronous = ${synchronous}`);
writeSync(1, 'row 0\n');
for (let n = 1; n <= Number(rows); n++) {
  database.transaction(() => {
    database.run('INSERT INTO rows VALUES (?, ?)', n, 'x'.repeat(3_000));
    database.run('INSERT INTO rows VALUES (?, ?)', -n, 'x'.repeat(3_000));
  });
  writeSync(1, `row ${n}\n`);
}
if (synchronous === '') database[Symbol.dispose]();
writeSync(1, 'closed\n');
