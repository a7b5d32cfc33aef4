// Each route is asked with its example, answers as its schema says, and refuses with each code that it declares.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { API_CODES, ApiError, readPeerEvents, RequestRefused, ROUTES } from '@coequal/contract';
import type { ApiCode, PeerEvent, Route } from '@coequal/contract';
import { Compile } from 'typebox/compile';
import { QBITTORRENT } from '../import/samples.ts';
import { openBareServer } from './bare-server.ts';
import { openPeer } from './peer-in-test.ts';
import type { Asked, PeerInTest } from './peer-in-test.ts';

const ROUTE_LIST = Object.entries<Route>(ROUTES);
const NONE = 'f'.repeat(40);

/** Of one's own identity; how they refuse and answer otherwise is in ../people/identity-handlers.test.ts. */
const OF_IDENTITY = ROUTE_LIST.filter(([, { path }]) => path.startsWith('/api/v1/identity'));
/** This peer is in touch with nobody; how they answer otherwise is in ../people/people-desks.test.ts. */
const OF_PEOPLE = ROUTE_LIST.filter((route) => {
  const [, { errors }] = route;
  return errors.includes('PEOPLE_OFF') && !OF_IDENTITY.includes(route);
});

/** What cannot be done for a magnet link that is paused, or not at all yet. */
const REFUSED_EXAMPLES: Readonly<Record<string, ApiCode>> = {
  addPeers: 'NOT_POSSIBLE_NOW',
  stopGuestTransfer: 'NO_SUCH_GUEST_TRANSFER',
  exportTorrent: 'NOT_POSSIBLE_NOW',
  /** Offline; how it answers otherwise is in ../remote-page/remote-page.test.ts. */
  pairBrowser: 'PAGE_NOT_OPEN',
  renameTransfer: 'NOT_POSSIBLE_NOW',
  cancelMove: 'NOT_POSSIBLE_NOW',
  ...Object.fromEntries(OF_PEOPLE.map(([name]) => [name, 'PEOPLE_OFF' as const])),
  /** Too short to be a whole one. */
  readInvitation: 'BAD_INVITATION',
  restoreIdentity: 'IDENTITY_EXISTS',
  checkWords: 'WORDS_DIFFER',
  /** After the example that locks it. */
  renameDevice: 'IDENTITY_LOCKED',
  revokeDevice: 'IDENTITY_LOCKED',
  /** There is no directory. */
  startPairing: 'NO_MEETING_PLACE',
  joinDevices: 'IDENTITY_EXISTS',
  answerPairing: 'NOT_POSSIBLE_NOW',
  startComparison: 'NO_SUCH_CONTACT',
  answerComparison: 'NOT_POSSIBLE_NOW',
};

/** In this order, because some need what others made; the rest after them, and what ends something last. */
const FIRST = ['addTransfer', 'putCategory', 'makeApiKey', 'createTorrent', 'createGuestLink'];
const LAST = [
  'revokeGuestLink',
  'cancelCreation',
  'revokeApiKey',
  'removeCategory',
  'removeTransfers',
  'undoRemoval',
  'endSession',
  'signOut',
  'stop',
];

describe('the routes', () => {
  let opened: PeerInTest;
  const made = new Map<string, string>();

  before(async () => {
    opened = await openPeer({ flags: { usesPeopleDht: false } });
    const { pathname, search } = new URL(opened.peer.loginLink().url);
    await opened.ask('GET', pathname + search);
    writeFileSync(opened.folder.at("it's (ü).bin"), 'x'.repeat(50_000));
  });
  after(() => opened[Symbol.asyncDispose]());

  /** The example, with what exists here in place of what it makes up. */
  function send(name: string, { method, path, example, takesBytes }: Route): Promise<Asked> {
    const params: Record<string, string> = { ...example.params };
    if (path.includes('/creations/')) params['id'] = made.get('creation') ?? '';
    if (path.includes('/guest-links/')) params['id'] = made.get('guest-link') ?? '';
    if (path.includes('/sessions/')) params['id'] = made.get('session') ?? '';
    if (path.includes('/keys/')) params['id'] = made.get('key') ?? '';
    const filled = path.replace(/\{(\w+)\}/g, (_, each: string) => params[each] ?? '');
    const query = new URLSearchParams(
      Object.entries(example.query ?? {}).map(([key, value]): [string, string] => [
        key,
        `${value}`,
      ]),
    );
    const { body } = example as { body?: Record<string, unknown> };
    const places: Readonly<Record<string, object>> = {
      createTorrent: { path: opened.folder.at("it's (ü).bin") },
      createGuestLink: { paths: [opened.folder.at("it's (ü).bin")] },
      planImport: { directory: QBITTORRENT.directory },
      runImport: { directory: QBITTORRENT.directory },
    };
    const given = name in places ? { ...body, ...places[name] } : body;
    const asked = `${filled}?${query.toString()}`;
    if (takesBytes !== true) return opened.askAsOwner(method, asked, given);
    const headers = {
      authorization: `Bearer ${opened.secret}`,
      'content-type': 'application/octet-stream',
    };
    return opened.ask(method, asked, headers, 'bytes');
  }

  const others = ROUTE_LIST.map(([name]) => name).filter(
    (name) => !FIRST.includes(name) && !LAST.includes(name) && name !== 'readEvents',
  );
  // without an identity it is in touch with nobody
  const ofIdentity = OF_IDENTITY.map(([name]) => name).filter((name) => name !== 'createIdentity');
  const early = others.filter((name) => name !== 'createIdentity' && !ofIdentity.includes(name));
  for (const name of [...FIRST, ...early, 'createIdentity', ...ofIdentity, ...LAST]) {
    const route: Route = ROUTES[name as keyof typeof ROUTES];
    test(`${name} answers its example as its schema says`, async () => {
      if (name === 'exportCreation') await creationIsDone(opened, made.get('creation') ?? '');
      const { status, body, error, headers } = await send(name, route);
      const refused = REFUSED_EXAMPLES[name];
      if (refused !== undefined && status !== 200) {
        assert.equal(error?.code, refused);
        assert.equal(status, API_CODES[refused]);
        return;
      }
      assert.equal(status, 200, body);
      assert.equal(headers['cache-control'], 'no-store');
      if (route.response === undefined) {
        assert.equal(headers['content-type'], route.mediaType);
        const name = headers['content-disposition'];
        assert.equal(name, `attachment; filename*=UTF-8''it%27s%20%28%C3%BC%29.bin.torrent`);
        return;
      }
      const answer = JSON.parse(body) as {
        id?: string;
        key?: { id: string };
        sessions?: readonly { id: string }[];
      };
      const problems = Compile(route.response).Errors(answer);
      assert.deepEqual(problems, [], body);
      if (name === 'createTorrent') made.set('creation', answer.id ?? '');
      if (name === 'createGuestLink') made.set('guest-link', answer.id ?? '');
      if (name === 'makeApiKey') made.set('key', answer.key?.id ?? '');
      if (name === 'listSessions') made.set('session', answer.sessions?.[0]?.id ?? '');
    });
  }
});

/** A request that is refused with the code. */
type Refused = readonly [
  route: string,
  code: ApiCode,
  method: string,
  path: string,
  body?: unknown,
];

const T = '/api/v1/transfers';
const MAGNET = `magnet:?xt=urn:btih:${'e'.repeat(40)}`;

describe('what a route refuses', () => {
  let opened: PeerInTest;
  let magnetId: string;

  before(async () => {
    opened = await openPeer();
    const body = { source: MAGNET, isPaused: true };
    magnetId = (await opened.client.call('addTransfer', { body })).id;
    for (let count = 0; count < 100; count += 1) opened.peer.access.makeKey('x', 'read');
  });
  after(() => opened[Symbol.asyncDispose]());

  const byTransfer: [string, string, string, unknown?][] = [
    ['showTransfer', 'GET', ''],
    ['changeTransfer', 'PATCH', '', {}],
    ['moveTransfer', 'POST', '/move', { directory: '/srv' }],
    ['cancelMove', 'DELETE', '/move'],
    ['renameTransfer', 'POST', '/rename', { name: 'x' }],
    ['listFiles', 'GET', '/files'],
    ['listPeers', 'GET', '/peers'],
    ['addPeers', 'POST', '/peers', { peers: ['127.0.0.1:1'] }],
    ['showPieces', 'GET', '/pieces'],
    ['showTransferSpeed', 'GET', '/speed'],
    ['exportTorrent', 'GET', '/torrent'],
  ];
  const refusals: readonly Refused[] = [
    ...byTransfer.map(([name, method, path, body]): Refused => [
      name,
      'NO_SUCH_TRANSFER',
      method,
      `${T}/${NONE}${path}`,
      body,
    ]),
    ['addTransfer', 'ALREADY_ADDED', 'POST', T, { source: MAGNET }],
    ['addTransfer', 'BAD_SOURCE', 'POST', T, { source: 'ftp://x' }],
    [
      'addTransfer',
      'NO_SUCH_CATEGORY',
      'POST',
      T,
      {
        source: `magnet:?xt=urn:btih:${'d'.repeat(40)}`,
        category: 'none',
      },
    ],
    ['inspectTransfer', 'BAD_SOURCE', 'POST', `${T}/inspect`, {}],
    ['undoRemoval', 'NO_SUCH_TRANSFER', 'POST', `${T}/undo-removal`, { ids: [NONE] }],
    ['changeTransfer', 'NO_SUCH_CATEGORY', 'PATCH', `${T}/ID`, { category: 'none' }],
    ['addPeers', 'NOT_POSSIBLE_NOW', 'POST', `${T}/ID/peers`, { peers: ['127.0.0.1:1'] }],
    ['exportTorrent', 'NOT_POSSIBLE_NOW', 'GET', `${T}/ID/torrent`],
    ['cancelMove', 'NOT_POSSIBLE_NOW', 'DELETE', `${T}/ID/move`],
    ['renameTransfer', 'NOT_POSSIBLE_NOW', 'POST', `${T}/ID/rename`, { name: 'x' }],
    ['removeCategory', 'NO_SUCH_CATEGORY', 'DELETE', '/api/v1/categories/none'],
    [
      'changeSettings',
      'SETTING_LOCKED',
      'PATCH',
      '/api/v1/settings',
      { values: { usesLsd: true } },
    ],
    ['listFolder', 'NO_SUCH_FOLDER', 'GET', '/api/v1/folders?path=/no/such/folder'],
    [
      'planImport',
      'NO_FOREIGN_STATE',
      'POST',
      '/api/v1/imports/plan',
      { directory: '/no/such/folder' },
    ],
    [
      'runImport',
      'NO_FOREIGN_STATE',
      'POST',
      '/api/v1/imports',
      { program: 'transmission', directory: '/no/such/folder', keys: [] },
    ],
    ['createTorrent', 'NO_SUCH_FOLDER', 'POST', '/api/v1/creations', { path: '/no/such/file' }],
    ['showCreation', 'NO_SUCH_CREATION', 'GET', '/api/v1/creations/1'],
    ['cancelCreation', 'NO_SUCH_CREATION', 'DELETE', '/api/v1/creations/1'],
    ['exportCreation', 'NO_SUCH_CREATION', 'GET', '/api/v1/creations/1/torrent'],
    ['makeApiKey', 'NOT_POSSIBLE_NOW', 'POST', '/api/v1/keys', { name: 'x', scope: 'read' }],
    ['pairBrowser', 'PAGE_NOT_OPEN', 'POST', '/api/v1/pairings'],
    [
      'createGuestLink',
      'GUEST_PATH_MISSING',
      'POST',
      '/api/v1/guest-links',
      { paths: ['/no/such/file'] },
    ],
    ['createGuestLink', 'GUEST_LINK_EMPTY', 'POST', '/api/v1/guest-links', { paths: [] }],
    ['stopGuestTransfer', 'NO_SUCH_GUEST_LINK', 'DELETE', '/api/v1/guest-links/none/transfers/1'],
    ['revokeGuestLink', 'NO_SUCH_GUEST_LINK', 'DELETE', '/api/v1/guest-links/none'],
    [
      'readInvitation',
      'BAD_INVITATION',
      'POST',
      '/api/v1/invitations/read',
      { text: 'coequal:invite/aa' },
    ],
    ['readInvitation', 'BAD_CODE', 'POST', '/api/v1/invitations/read', { text: '7-amber-x-table' }],
    ['endSession', 'NO_SUCH_SESSION', 'DELETE', '/api/v1/sessions/1'],
    ['revokeApiKey', 'NO_SUCH_KEY', 'DELETE', '/api/v1/keys/1'],
  ];
  /** Where, if not here. */
  const elsewhere: Readonly<Record<string, string>> = {
    'moveTransfer NOT_POSSIBLE_NOW': 'one would have to be moved already',
    'moveTransfer MOVE_CANCELLED': 'files/content-moves.test.ts',
    'moveTransfer MOVE_TARGET_EXISTS': 'files/content-moves.test.ts',
    'changeTransfer NOT_POSSIBLE_NOW': 'the engine’s, while it works on the content',
    'beginDemo NOT_POSSIBLE_NOW': 'demo/page-demo.test.ts',
    'createTorrent NOT_POSSIBLE_NOW':
      'two others would have to be at work for as long as the test asks',
    'planImport NOT_POSSIBLE_NOW': 'import/imports.test.ts: while another is read',
    'runImport NOT_POSSIBLE_NOW': 'import/imports.test.ts: while another is read',
    'exportCreation NOT_POSSIBLE_NOW': 'one would have to be at work for as long as the test asks',
    'createGuestLink TOO_MANY_GUEST_LINKS': 'guest/guest-links.test.ts',
    'createGuestLink GUEST_FILES_MAX': 'guest/content-snapshot.test.ts',
    'stopGuestTransfer NO_SUCH_GUEST_TRANSFER': 'guest/guest-links.test.ts',
    'readEvents TOO_MANY_REQUESTS': 'attacks.test.ts',
    'readInvitation INVITATION_TOO_NEW': 'one of a later version would have to be made',
    ...Object.fromEntries(
      [...OF_IDENTITY, ...OF_PEOPLE].flatMap(([name, { errors }]) =>
        errors.map((code) => [`${name} ${code}`, 'above, and people/*.test.ts']),
      ),
    ),
  };

  for (const [name, code, method, path, body] of refusals) {
    test(`${name} refuses with ${code}, in words`, async () => {
      const asked = await opened.askAsOwner(method, path.replace('/ID', `/${magnetId}`), body);
      assert.equal(asked.error?.code, code, asked.body);
      assert.equal(asked.status, API_CODES[code]);
      assert.deepEqual(Compile(ApiError).Errors(JSON.parse(asked.body)), []);
      assert.ok(asked.error.text.length > 10);
      assert.ok(!asked.error.text.startsWith('it failed with'), asked.error.text);
    });
  }

  test('every code that a route declares is refused with above, or for a reason is not', () => {
    const seen = new Set([
      ...refusals.map(([name, code]) => `${name} ${code}`),
      ...Object.keys(elsewhere),
    ]);
    const declared = ROUTE_LIST.flatMap(([name, { errors }]) =>
      errors.map((code) => `${name} ${code}`),
    );
    assert.deepEqual(
      declared.filter((each) => !seen.has(each)),
      [],
    );
    assert.deepEqual(
      [...seen].filter((each) => !declared.includes(each)),
      [],
    );
  });

  test('a path that is not from the root is refused with its place', async () => {
    const source = `magnet:?xt=urn:btih:${'c'.repeat(40)}`;
    const { status, error } = await opened.askAsOwner('POST', T, { source, directory: '../x' });
    assert.equal(status, 400);
    assert.deepEqual(error?.details, {
      where: 'the body/directory',
      problem: 'must be an absolute path',
    });
  });

  test('a category may have a name of a hundred letters of any script', async () => {
    const name = 'ش'.repeat(100);
    await opened.client.call('putCategory', { params: { name }, body: {} });
    await opened.client.call('removeCategory', { params: { name } });
  });

  test('to let nothing run is no answer to the first-run page', async () => {
    const body = { ids: [NONE], action: 'resume' as const };
    await opened.client.call('actOnTransfers', { body });
    assert.equal((await opened.client.call('showStatus', {})).isSetUp, false);
  });
});

test('the document of the API has each route of the server, and no other', async () => {
  await using opened = await openPeer();
  const { body } = await opened.ask('GET', '/api/v1/openapi.json');
  const document = JSON.parse(body) as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string; parameters?: object[] }>>;
  };
  assert.match(document.openapi, /^3\.1\./);
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  await using server = await openBareServer();
  assert.deepEqual(documented.toSorted(), server.routes.toSorted());
  const ids = Object.values(document.paths).flatMap((each) =>
    Object.values(each).map(({ operationId }) => operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
  for (const [path, operations] of Object.entries(document.paths)) {
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
    for (const { parameters = [] } of Object.values(operations)) {
      const inPath = parameters.filter((each) => (each as { in: string }).in === 'path');
      assert.deepEqual(
        inPath.map((each) => (each as { name: string }).name),
        names,
        path,
      );
    }
  }
  assert.doesNotMatch(body, /"~/);
});

test('the typed client reads what changed, and goes on listening where it was', async () => {
  await using opened = await openPeer();
  const { client } = opened;
  const leave = new AbortController();
  const events = readPeerEvents(client, undefined, leave.signal);
  const listening = nextOf(events, 'transfers');
  await untilSomebodyReads(opened);
  const body = { source: MAGNET, isPaused: true };
  const { id } = await client.call('addTransfer', { body });
  const first = await listening;
  assert.equal(first.event.delta.changed[0]?.id, id);
  leave.abort();
  await assert.rejects(events.next(), { name: 'AbortError' });
  // between two streams
  await client.call('changeTransfer', { params: { id }, body: { tags: ['sea'] } });
  const again = new AbortController();
  const resumed = await nextOf(readPeerEvents(client, first.id, again.signal), 'transfers');
  again.abort();
  assert.deepEqual(resumed.event.delta.changed[0]?.tags, ['sea']);
  assert.ok(resumed.event.delta.revision > first.event.delta.revision);
});

test('a change is told to listeners also when somebody has asked for the list in between', async () => {
  await using opened = await openPeer();
  const { client, peer } = opened;
  const leave = new AbortController();
  const events = readPeerEvents(client, undefined, leave.signal);
  const listening = nextOf(events, 'transfers');
  await untilSomebodyReads(opened);
  await peer.transfers.add({ source: MAGNET, isPaused: true }, leave.signal);
  await client.call('listTransfers', { query: {} });
  peer.news.tellTransfers();
  assert.equal((await listening).event.delta.changed.length, 1);
  leave.abort();
});

test('the typed client has a refusal’s code, words and status, and knows who is no peer', async () => {
  await using opened = await openPeer();
  const asked = opened.client.call('showTransfer', { params: { id: NONE } });
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof RequestRefused);
    assert.equal(error.status, 404);
    assert.equal(error.code, 'NO_SUCH_TRANSFER');
    assert.equal(error.message, error.explanation.text);
    return true;
  });
});

async function untilSomebodyReads({ peer }: PeerInTest): Promise<void> {
  while (peer.hub.readerCount === 0) await setImmediate();
}

type Told<Type extends string> = {
  readonly id: string;
  readonly event: Extract<PeerEvent, { type: Type }>;
};

async function nextOf<const Type extends PeerEvent['type']>(
  events: AsyncIterator<{ id: string; event: PeerEvent }>,
  type: Type,
): Promise<Told<Type>> {
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done);
    if (value.event.type === type) return value as Told<Type>;
  }
}

async function creationIsDone({ client }: PeerInTest, id: string): Promise<void> {
  const leave = new AbortController();
  const events = readPeerEvents(client, undefined, leave.signal);
  const told = events.next();
  const { state } = await client.call('showCreation', { params: { id } });
  if (state === 'working') {
    for (let { value } = await told; ; { value } = await events.next()) {
      if (value?.event.type === 'creation' && value.event.creation.state !== 'working') break;
    }
  } else told.catch(() => undefined);
  leave.abort();
}
