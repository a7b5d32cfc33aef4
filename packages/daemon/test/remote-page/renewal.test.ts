// What changes around an open page is taken over while it goes on: names, a certificate that ends, files of a person.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'node:tls';
import { SETTING_DEFAULTS } from '@coequal/contract';
import type { Settings } from '@coequal/contract';
import { makeOwnCertificate } from '../../src/remote-page/page-certificate.ts';
import { RemotePage } from '../../src/remote-page/remote-page.ts';
import { openBareParts } from '../api/bare-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { ADDRESS, askAt } from './remote-page-in-test.ts';

const DAY = 86_400_000;

/** A page whose time is turned by hand. */
async function openPage(changes: Partial<Settings> = {}) {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(temporaryFolder());
  const bare = resources.use(openBareParts());
  let [epoch, tick] = [Date.now(), (): void => assert.fail('it does not wait')];
  const problems: unknown[] = [];
  const settings: Settings = {
    downloadDirectory: '/srv',
    ...SETTING_DEFAULTS,
    pageReach: 'https',
    pageAddress: ADDRESS,
    ...changes,
  };
  const page = new RemotePage({
    home: folder.path,
    reach: 'private',
    clock: {
      now: () => 0,
      epochNow: () => epoch,
      at(_when, run) {
        tick = run;
        return () => undefined;
      },
    },
    settings: () => settings,
    lastPort: () => undefined,
    onPort: () => undefined,
    onOpen: () => undefined,
    onCertificate: () => undefined,
    onProblem: (error) => problems.push(error),
    computer: 'den',
  });
  const { parts } = bare;
  const options = { pageDirectory: undefined, version: '0' };
  page.attach({ options, access: parts.access, parts: () => parts });
  const leave = new AbortController();
  const running = Promise.withResolvers<void>();
  const ended = page.run(running.resolve, leave.signal).catch((error: unknown) => {
    if (!leave.signal.aborted) running.reject(error);
  });
  resources.defer(async () => {
    leave.abort();
    await ended;
  });
  await running.promise;
  const owned = resources.move();
  return {
    folder,
    settings,
    problems,
    port: page.openAt?.port ?? 0,
    get fingerprint() {
      return page.report({ state: 'running' }).certificate?.fingerprint;
    },
    get names() {
      return page.report({ state: 'running' }).certificate?.names ?? [];
    },
    /** So much later it looks around. */
    look(passedMs: number): void {
      epoch += passedMs;
      tick();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Page = Awaited<ReturnType<typeof openPage>>;

async function nextFingerprint(page: Page, before: string | undefined): Promise<string> {
  while (page.fingerprint === before) await setImmediate();
  return page.fingerprint ?? '';
}

async function presented({ port }: Page): Promise<string | undefined> {
  return (await askAt(port, true, { path: '/healthz' })).fingerprint;
}

void test('a new name is answered and gets into the certificate, and connections go on', async () => {
  await using page = await openPage();
  const first = await presented(page);
  assert.equal(first, page.fingerprint);
  const held = connect({ host: ADDRESS, port: page.port, rejectUnauthorized: false });
  await once(held, 'secureConnect');
  const headers = { host: `new.example:${page.port}` };
  const ask = () => askAt(page.port, true, { path: '/healthz', headers });
  assert.equal((await ask()).status, 403);
  page.settings.pageNames = ['new.example'];
  page.look(2_000);
  const second = await nextFingerprint(page, first);
  assert.deepEqual(page.names, ['den.local', 'den', 'new.example', ADDRESS]);
  const asked = await ask();
  assert.deepEqual([asked.status, asked.fingerprint], [200, second]);
  held.write(`GET /healthz HTTP/1.1\r\nHost: ${ADDRESS}:${page.port}\r\n\r\n`);
  const [told] = (await once(held, 'data')) as [Buffer];
  assert.match(String(told), /^HTTP\/1\.1 200/);
  held.destroy();
});

void test('a certificate is made anew a month before it ends, while the page is open', async () => {
  await using page = await openPage();
  const first = page.fingerprint;
  page.look(366 * DAY);
  await setImmediate();
  assert.equal(page.fingerprint, first);
  page.look(2 * DAY);
  const second = await nextFingerprint(page, first);
  assert.equal(await presented(page), second);
});

void test('files of a person that were renewed are presented, and those that are damaged are told of', async () => {
  using given = temporaryFolder();
  const wanted = { names: ['page.example'], addresses: [] };
  const make = () => makeOwnCertificate(given.path, wanted, undefined, Date.now());
  const pem = given.at('given.pem');
  const put = (text: string, at: number): void => {
    writeFileSync(pem, text);
    utimesSync(pem, at, at);
  };
  const [one, other] = [await make(), await make()];
  put(one.chain, 1);
  await using page = await openPage({ pageCertificate: pem, pageKey: pem });
  assert.equal(await presented(page), one.fingerprint);
  put(other.chain, 2);
  page.look(2_000);
  await nextFingerprint(page, one.fingerprint);
  assert.equal(await presented(page), other.fingerprint);
  put('damaged', 3);
  page.look(2_000);
  while (page.problems.length === 0) await setImmediate();
  page.look(2_000); // told once, and not at every look
  await setImmediate();
  assert.equal(page.problems.length, 1);
  assert.equal(await presented(page), other.fingerprint);
});
