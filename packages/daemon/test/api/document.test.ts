// Runs the examples of docs/api.md, in their order, against a peer.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { parseMetrics } from '../peer/parse-metrics.ts';
import { openPeer } from './peer-in-test.ts';

const TEXT = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
const EXAMPLES = Array.from(TEXT.matchAll(/^```sh\n(.+?)^```$/gms), ([, script = '']) => script);

const hasCurl = spawnSync('curl', ['--version']).status === 0;

test(
  'the examples of docs/api.md work',
  { skip: hasCurl ? false : 'install the Debian package curl' },
  async () => {
    await using opened = await openPeer();
    const environment: Record<string, string> = {
      PEER: opened.url,
      OWNER_SECRET: opened.secret,
    };
    const run = async (): Promise<string> => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const env = { ...process.env, ...environment };
      execFile('sh', ['-c', EXAMPLES[next++] ?? ''], { env }, (_error, out) => resolve(out));
      return await promise; // a stream is ended by curl, which calls that an error
    };
    let next = 0;
    const { secret, key } = JSON.parse(await run()) as { secret: string; key: { scope: string } };
    assert.equal(key.scope, 'transfers');
    environment['KEY'] = secret;
    assert.deepEqual((JSON.parse(await run()) as { changed: unknown[] }).changed, []);
    assert.equal((JSON.parse(await run()) as { state: string }).state, 'paused');
    assert.equal((JSON.parse(await run()) as { state: string }).state, 'off');
    assert.equal((JSON.parse(await run()) as { changed: unknown[] }).changed.length, 1);
    assert.match(await run(), /^id: \w+-\d+\ndata: \{"type":"lagged","dropped":\d+\}$/m);
    assert.ok(Array.isArray((JSON.parse(await run()) as { places: unknown }).places));
    assert.deepEqual(JSON.parse(await run()), { status: 'ok' });
    const { samples } = parseMetrics(await run());
    assert.equal(samples.get('coequal_transfers{state="paused"}'), 1);
    assert.equal(samples.get('coequal_api_requests_total{route="addTransfer"}'), 1);
    assert.equal(next, EXAMPLES.length);
  },
);
