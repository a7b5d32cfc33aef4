// Bodies that are bytes: handed on as they come, on the routes that take them, and nowhere else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '@coequal/contract';
import { LocalFault } from '@coequal/base';
import { Client } from '@coequal/contract';
import type { StagedFile } from '@coequal/contract';
import { openApiServer } from '../../src/api/server.ts';
import { stagingHandlers } from '../../src/people/staging-handlers.ts';
import type { StagingDesk } from '../../src/people/staging-handlers.ts';
import { openBareParts, OWNER_SECRET } from './bare-server.ts';

const ID = '5a'.repeat(16);
/** More than any route takes as JSON by itself. */
const LENGTH = 3_000_000;

const refuse = (): never => {
  throw new LocalFault('NO_SUCH_STAGING');
};

test('bytes reach their route as they come, and are refused elsewhere', async () => {
  using bare = openBareParts();
  let length = 0;
  const desk: StagingDesk = {
    begin: refuse,
    show: refuse,
    showFile: refuse,
    send: refuse,
    hold: refuse,
    cancel: refuse,
    async put(id, index, offset, bytes): Promise<StagedFile> {
      assert.deepEqual([id, index, offset], [ID, 3, 7]);
      for await (const chunk of bytes) length += chunk.length;
      return { received: length, size: LENGTH };
    },
  };
  const handlers = { ...bare.parts.handlers, ...stagingHandlers(() => desk) };
  const options = { port: 0, pageDirectory: undefined, version: '0' };
  await using server = await openApiServer(options, { ...bare.parts, handlers });
  const client = new Client({ base: server.url, secret: OWNER_SECRET });
  const params = { id: ID, index: '3' };
  const bytes = new Blob([new Uint8Array(LENGTH)]);
  const answer = await client.call('putStagedFile', { params, query: { offset: 7 }, bytes });
  assert.deepEqual(answer, { received: LENGTH, size: LENGTH });

  const ask = async (path: string, method: string, type: string): Promise<number> => {
    const headers = { authorization: `Bearer ${OWNER_SECRET}`, 'content-type': type };
    return (await fetch(server.url + path, { method, headers, body: '{}' })).status;
  };
  const path = ROUTES.putStagedFile.path.replace('{id}', ID).replace('{index}', '3');
  assert.equal(await ask(`${path}?offset=7`, 'PUT', 'application/json'), 415);
  assert.equal(await ask('/api/v1/staging', 'POST', 'application/octet-stream'), 415);
  assert.deepEqual(bare.bugs, []);
});
