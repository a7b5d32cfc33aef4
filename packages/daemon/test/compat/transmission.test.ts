// Transmission's RPC as its specification has it, and what it does to those who may not use it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createTorrent } from '@coequal/bittorrent';
import { openPorts } from '@coequal/base/node';
import { rootPath } from '@coequal/base';
import { mkdirSync, writeFileSync } from 'node:fs';
import { snakeName, withOldNames } from '../../src/compat/transmission/names.ts';
import { openPeer } from '../api/peer-in-test.ts';
import type { Asked, PeerInTest } from '../api/peer-in-test.ts';

const PATH = '/transmission/rpc';
const HASH = 'a'.repeat(40);
const MAGNET = `magnet:?xt=urn:btih:${HASH}&dn=one`;

type Fields = Readonly<Record<string, unknown>>;

function basic(secret: string): string {
  return `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}`;
}

/** A client that has the session id. */
class Remote {
  readonly #opened: PeerInTest;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(opened: PeerInTest, headers: Readonly<Record<string, string>>) {
    this.#opened = opened;
    this.#headers = headers;
  }

  static async open(opened: PeerInTest, secret = opened.secret): Promise<Remote> {
    const headers = { authorization: basic(secret) };
    const refused = await opened.ask('POST', PATH, headers, '{}');
    assert.equal(refused.status, 409);
    const id = String(refused.headers['x-transmission-session-id']);
    return new Remote(opened, { ...headers, 'x-transmission-session-id': id });
  }

  post(body: unknown): Promise<Asked> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.#opened.ask('POST', PATH, this.#headers, text);
  }

  async say(body: unknown): Promise<unknown> {
    const { status, body: told } = await this.post(body);
    assert.equal(status, 200, told);
    return JSON.parse(told);
  }

  /** The older form. */
  async old(method: string, given: object = {}): Promise<Fields> {
    const { result, arguments: answer } = (await this.say({ method, arguments: given })) as Fields;
    assert.equal(result, 'success');
    return answer as Fields;
  }

  async refusedOld(method: string, given: object = {}): Promise<string> {
    const { result } = (await this.say({ method, arguments: given })) as Fields;
    return String(result);
  }

  async call(method: string, params: object = {}): Promise<Fields> {
    const answer = (await this.say({ jsonrpc: '2.0', method, params, id: 7 })) as Fields;
    assert.equal(answer['error'], undefined, JSON.stringify(answer));
    assert.equal(answer['id'], 7);
    return answer['result'] as Fields;
  }

  async get(fields: readonly string[], more: object = {}): Promise<readonly Fields[]> {
    return (await this.call('torrent_get', { fields, ...more }))['torrents'] as Fields[];
  }
}

async function switchOn(opened: PeerInTest): Promise<void> {
  const values = { speaksTransmission: true };
  assert.equal((await opened.askAsOwner('PATCH', '/api/v1/settings', { values })).status, 200);
}

async function openOn(): Promise<PeerInTest> {
  const opened = await openPeer();
  await switchOn(opened);
  return opened;
}

/** Three files in a folder, which is on disk where transfers go. */
async function makeContent(opened: PeerInTest): Promise<string> {
  const folder = opened.folder.at('files', 'holiday');
  mkdirSync(folder, { recursive: true });
  for (const [name, length] of [
    ['a.bin', 40_000],
    ['b.bin', 50_000],
    ['c.bin', 30_000],
  ] as const) {
    const bytes = createHash('shake256', { outputLength: length }).update(name).digest();
    writeFileSync(`${folder}/${name}`, bytes);
  }
  await using ports = openPorts({ workers: 1 });
  const torrent = await createTorrent(
    { path: rootPath(folder), version: 'v1', pieceLength: 16_384 },
    ports,
    new AbortController().signal,
  );
  return Buffer.from(torrent).toString('base64');
}

describe('who may not', () => {
  test('while it is off there is nothing, for whoever asks', async () => {
    await using opened = await openPeer();
    for (const authorization of [basic(opened.secret), basic('x'.repeat(43)), '']) {
      const asked = await opened.ask('POST', PATH, { authorization }, '{}');
      const other = await opened.ask('POST', '/transmission/xyz', { authorization }, '{}');
      assert.equal(asked.status, 404);
      assert.equal(asked.error?.code, other.error?.code);
      assert.equal(asked.headers['www-authenticate'], undefined);
    }
  });

  test('a wrong password is refused, and after some of them nobody there is told more', async () => {
    await using opened = await openOn();
    const none = await opened.ask('POST', PATH, {}, '{}');
    assert.equal(none.status, 401);
    assert.match(String(none.headers['www-authenticate']), /^Basic realm=/);
    const codes = [];
    for (let tries = 0; tries < 12; tries += 1)
      codes.push(
        (await opened.ask('POST', PATH, { authorization: basic(`x${tries}`) }, '{}')).error?.code,
      );
    assert.equal(codes[0], 'BAD_LOGIN');
    assert.equal(codes.at(-1), 'LOCKED_OUT');
  });

  test('without the session id nothing is done, and the id is told', async () => {
    await using opened = await openOn();
    const { key, secret } = await opened.client.call('makeApiKey', {
      body: { name: 'remote', scope: 'transfers' },
    });
    assert.equal(key.scope, 'transfers');
    const add = JSON.stringify({ method: 'torrent-add', arguments: { filename: MAGNET } });
    for (const authorization of [basic(secret), `Bearer ${secret}`]) {
      for (const id of ['', 'wrong']) {
        const headers = { authorization, 'x-transmission-session-id': id };
        const asked = await opened.ask('POST', PATH, headers, add);
        assert.equal(asked.status, 409);
        assert.match(String(asked.headers['x-transmission-session-id']), /^[\w-]{40,}$/);
      }
    }
    assert.equal(opened.peer.transfers.has(HASH), false);
  });

  test('a foreign page, a foreign name and a cookie get nowhere', async () => {
    await using opened = await openOn();
    const remote = await Remote.open(opened);
    assert.equal((await remote.post({ method: 'session-get' })).status, 200);
    const authorization = basic(opened.secret);
    const attempts: Record<string, string>[] = [
      { authorization, origin: 'http://evil.example' },
      { authorization, 'sec-fetch-site': 'cross-site' },
      { authorization, host: 'evil.example' },
    ];
    for (const headers of attempts)
      assert.equal((await opened.ask('POST', PATH, headers, '{}')).status, 403);
    const { pathname, search } = new URL(opened.peer.loginLink().url);
    const signedIn = await opened.ask('GET', pathname + search);
    const [cookie = ''] = signedIn.headers['set-cookie'] as readonly string[];
    const withCookie = { cookie: cookie.split(';')[0] ?? '', origin: opened.url };
    assert.equal((await opened.ask('POST', PATH, withCookie, '{}')).status, 401);
  });

  test('a key that may only read may not, and one for transfers leaves the settings alone', async () => {
    await using opened = await openOn();
    const make = (scope: 'read' | 'transfers'): Promise<{ readonly secret: string }> =>
      opened.client.call('makeApiKey', { body: { name: scope, scope } });
    const reader = await make('read');
    const asked = await opened.ask('POST', PATH, { authorization: basic(reader.secret) }, '{}');
    assert.equal(asked.error?.code, 'SCOPE_MISSING');
    const remote = await Remote.open(opened, (await make('transfers')).secret);
    const before = opened.peer.settings.values;
    for (const change of [
      { 'speed-limit-down': 200, 'speed-limit-down-enabled': true },
      { 'download-dir': opened.folder.at('other') },
      { seedRatioLimit: 1, seedRatioLimited: true },
      { 'peer-port': 5_000 },
    ])
      assert.match(await remote.refusedOld('session-set', change), /scope "owner"/);
    // what stays as it is may be said again: programs send all that they know
    await remote.old('session-set', {
      'dht-enabled': before.usesDht,
      'speed-limit-up-enabled': false,
    });
    assert.deepEqual(opened.peer.settings.values, before);
    const owner = await Remote.open(opened);
    await owner.old('session-set', { 'peer-port': 5_000, 'dht-enabled': false });
    assert.equal(opened.peer.settings.values.listenPort, 5_000);
    assert.equal(opened.peer.settings.values.usesDht, false);
  });

  test('a path that is not from the root is refused', async () => {
    await using opened = await openOn();
    const remote = await Remote.open(opened);
    const add = { filename: MAGNET, 'download-dir': '../etc' };
    assert.match(
      await remote.refusedOld('torrent-add', add),
      /download_dir must be an absolute path/,
    );
    assert.match(await remote.refusedOld('session-set', { 'download-dir': 'x' }), /absolute/);
    assert.match(await remote.refusedOld('free-space', { path: '.' }), /absolute/);
    await remote.old('torrent-add', { filename: MAGNET, paused: true });
    const move = { ids: [HASH], location: 'x', move: true };
    assert.match(await remote.refusedOld('torrent-set-location', move), /absolute/);
    assert.match(await remote.refusedOld('torrent-add', { filename: '/etc/passwd' }), /magnet/);
  });

  test('too many calls at a time are refused, also those of one batch', async () => {
    await using opened = await openOn();
    const remote = await Remote.open(opened);
    const calls = Array.from({ length: 101 }, (_, id) => ({
      jsonrpc: '2.0',
      method: 'session_stats',
      id,
    }));
    const { error } = (await remote.say(calls)) as { readonly error: Fields };
    assert.equal(error['code'], -32_600);
    const told: string[] = [];
    for (let round = 0; round < 30; round += 1) told.push((await remote.post(calls.slice(1))).body);
    assert.match(told.join('\n'), /too much is asked/);
  });
});

describe('messages', () => {
  let opened: PeerInTest;
  let remote: Remote;
  before(async () => {
    opened = await openOn();
    remote = await Remote.open(opened);
  });
  after(() => opened[Symbol.asyncDispose]());

  test('names go over from one spelling to the other', () => {
    assert.equal(snakeName('torrent-get'), 'torrent_get');
    assert.equal(snakeName('seedRatioLimit'), 'seed_ratio_limit');
    assert.equal(snakeName('isUTP'), 'is_utp');
    const answer = { torrents: [{ hash_string: HASH, peers: [{ is_utp: true }] }] };
    assert.deepEqual(withOldNames('torrent_get', answer), {
      torrents: [{ hashString: HASH, peers: [{ isUTP: true }] }],
    });
    assert.deepEqual(withOldNames('session_get', { peer_port: 1, seed_ratio_limited: true }), {
      'peer-port': 1,
      seedRatioLimited: true,
    });
    assert.deepEqual(withOldNames('free_space', { size_bytes: 1, total_size: 2 }), {
      'size-bytes': 1,
      total_size: 2,
    });
  });

  test('the older form echoes the tag and says what went wrong in "result"', async () => {
    assert.deepEqual(await remote.say({ method: 'torrent-stop', tag: 5 }), {
      arguments: {},
      result: 'success',
      tag: 5,
    });
    const unknown = (await remote.say({ method: 'no-such', tag: 6 })) as Fields;
    assert.deepEqual(unknown, { arguments: {}, result: 'method name not recognized', tag: 6 });
    const wrong = (await remote.say({ method: 'torrent-get', arguments: 3 })) as Fields;
    assert.equal(wrong['result'], 'arguments must be an object');
    assert.match(await remote.refusedOld('torrent-get', {}), /fields is missing/);
    assert.match(await remote.refusedOld('blocklist-update'), /does not have that/);
  });

  test('JSON-RPC 2.0 has its own codes', async () => {
    const codeOf = async (body: unknown): Promise<unknown> => {
      const { error, jsonrpc } = (await remote.say(body)) as { error: Fields; jsonrpc: unknown };
      assert.equal(jsonrpc, '2.0');
      return error['code'];
    };
    const call = { jsonrpc: '2.0', method: 'session_get', id: 1 };
    assert.equal(await codeOf('{'), -32_700);
    assert.equal(await codeOf('3'), -32_600);
    assert.equal(await codeOf('[]'), -32_600);
    assert.equal(await codeOf({ ...call, jsonrpc: '1.0' }), -32_600);
    assert.equal(await codeOf({ ...call, method: 3 }), -32_600);
    assert.equal(await codeOf({ ...call, id: {} }), -32_600);
    assert.equal(await codeOf({ ...call, method: 'no_such' }), -32_601);
    assert.equal(await codeOf({ ...call, params: [] }), -32_602);
    assert.equal(await codeOf({ ...call, method: 'torrent_get' }), -32_602);
    assert.equal(await codeOf({ ...call, method: 'port_test' }), -32_000);
  });

  test('a batch is answered call by call, and a notification not at all', async () => {
    const answers = (await remote.say([
      { jsonrpc: '2.0', method: 'session_get', params: { fields: ['rpc_version'] }, id: 'x' },
      { jsonrpc: '2.0', method: 'torrent_stop' },
      { method: 'session-get' },
    ])) as Fields[];
    assert.deepEqual(answers[0], { jsonrpc: '2.0', result: { rpc_version: 18 }, id: 'x' });
    assert.match(JSON.stringify(answers[1]), /-32600/);
    assert.equal(answers.length, 2);
    const silent = await remote.post({ jsonrpc: '2.0', method: 'torrent_stop' });
    assert.equal(silent.status, 204);
    assert.equal(silent.body, '');
  });
});

describe('transfers', () => {
  let opened: PeerInTest;
  let remote: Remote;
  let metainfo: string;
  before(async () => {
    opened = await openOn();
    remote = await Remote.open(opened);
    metainfo = await makeContent(opened);
  });
  after(() => opened[Symbol.asyncDispose]());

  test('one that is added twice is told as a duplicate, with the same number', async () => {
    const first = await remote.old('torrent-add', {
      filename: MAGNET,
      paused: true,
      labels: ['x'],
    });
    const second = await remote.old('torrent-add', { filename: MAGNET });
    assert.deepEqual(second['torrent-duplicate'], first['torrent-added']);
    const third = await remote.call('torrent_add', { filename: HASH });
    const { id, name } = first['torrent-added'] as Fields;
    assert.deepEqual(third['torrent_duplicate'], { id, name: HASH, hash_string: HASH });
    assert.equal(name, 'one');
    assert.equal(opened.peer.isSetUp, false, 'what is paused sends nothing');
  });

  test('files are chosen when it is added, and afterwards', async () => {
    const { torrent_added: added } = await remote.call('torrent_add', {
      metainfo,
      paused: true,
      files_unwanted: [1],
      priority_high: [2, 99],
    });
    const { hash_string: hash } = added as Fields;
    const fields = ['wanted', 'priorities', 'file_count', 'piece_count', 'files'];
    const one = async (): Promise<Fields> => (await remote.get(fields, { ids: [hash] }))[0] ?? {};
    const { files, ...rest } = await one();
    assert.deepEqual(rest, {
      wanted: [1, 0, 1],
      priorities: [0, 0, 1],
      file_count: 3,
      piece_count: 8,
    });
    assert.deepEqual((files as Fields[])[1], {
      name: 'holiday/b.bin',
      length: 50_000,
      bytes_completed: 0,
      begin_piece: 2,
      end_piece: 6,
    });
    await remote.call('torrent_set', {
      ids: hash,
      files_wanted: [],
      priority_low: [0],
      priority_normal: [2],
    });
    assert.deepEqual((await one())['wanted'], [1, 1, 1]);
    assert.deepEqual((await one())['priorities'], [-1, 0, 0]);
    await remote.call('torrent_set', { ids: hash, files_unwanted: [0], priority_high: [0] });
    assert.deepEqual((await one())['wanted'], [0, 1, 1]);
  });

  test('limits, goal, labels, order and trackers are set and read back', async () => {
    const changes = {
      downloadLimit: 100,
      downloadLimited: true,
      uploadLimit: 50,
      uploadLimited: true,
      seedRatioLimit: 2.5,
      seedRatioMode: 1,
      labels: ['one', 'two'],
      honorsSessionLimits: false,
      sequential_download: true,
      trackerAdd: ['http://127.0.0.1:9/announce', 'udp://127.0.0.1:9'],
    };
    await remote.old('torrent-set', { ids: HASH, ...changes });
    const fields = [...Object.keys(changes).filter((name) => name !== 'trackerAdd'), 'trackerList'];
    const read = async (): Promise<Fields> =>
      ((await remote.old('torrent-get', { ids: [HASH], fields }))['torrents'] as Fields[])[0] ?? {};
    const { trackerAdd: _, sequential_download: __, ...same } = changes;
    assert.deepEqual(await read(), {
      ...same,
      sequentialDownload: true,
      trackerList: 'http://127.0.0.1:9/announce\n\nudp://127.0.0.1:9',
    });
    await remote.old('torrent-set', {
      ids: HASH,
      downloadLimited: false,
      seedRatioMode: 2,
      trackerRemove: [0],
    });
    const later = await read();
    assert.equal(later['downloadLimited'], false);
    assert.equal(later['seedRatioMode'], 2);
    assert.equal(later['trackerList'], 'udp://127.0.0.1:9');
    await remote.old('torrent-set', {
      ids: HASH,
      trackerList: 'http://a.example/x\nhttp://b.example/x\n\nudp://c.example:1',
    });
    assert.equal(
      (await read())['trackerList'],
      'http://a.example/x\nhttp://b.example/x\n\nudp://c.example:1',
    );
    assert.match(
      await remote.refusedOld('torrent-set', { ids: HASH, trackerAdd: ['file:///x'] }),
      /no address of a tracker/,
    );
  });

  test('ids are numbers, hashes, texts of numbers, or lists of them; none is all', async () => {
    const all = await remote.get(['id', 'hash_string']);
    assert.equal(all.length, 2);
    const id = all.find((each) => each['hash_string'] === HASH)?.['id'];
    for (const ids of [id, [id], HASH, [HASH.toUpperCase()], String(id), [id, HASH, 999]]) {
      const found = await remote.get(['hash_string'], { ids });
      assert.deepEqual(found, [{ hash_string: HASH }], JSON.stringify(ids));
    }
    assert.deepEqual(await remote.get(['id'], { ids: 999 }), []);
    assert.equal((await remote.get(['id'], { ids: [] })).length, 2);
  });

  test('a table has the names in its first row', async () => {
    const { torrents } = await remote.old('torrent-get', {
      ids: HASH,
      fields: ['hashString', 'noSuchField', 'name'],
      format: 'table',
    });
    assert.deepEqual(torrents, [
      ['hashString', 'name'],
      [HASH, 'one'],
    ]);
  });

  test('a place in the queue is set, and moved', async () => {
    for (const letter of ['b', 'c'])
      await remote.call('torrent_add', { filename: letter.repeat(40), paused: true });
    const order = async (): Promise<readonly unknown[]> =>
      (await remote.get(['name', 'queue_position']))
        .toSorted((one, other) => Number(one['queue_position']) - Number(other['queue_position']))
        .map(({ name }) => String(name).slice(0, 7));
    assert.deepEqual(await order(), ['one', 'holiday', 'bbbbbbb', 'ccccccc']);
    await remote.call('torrent_set', { ids: 'c'.repeat(40), queue_position: 1 });
    assert.deepEqual(await order(), ['one', 'ccccccc', 'holiday', 'bbbbbbb']);
    await remote.old('queue-move-bottom', { ids: [HASH] });
    assert.deepEqual(await order(), ['ccccccc', 'holiday', 'bbbbbbb', 'one']);
  });

  test('the content is checked, its pieces and figures are told, and a client hears what went', async () => {
    const fields = [
      'status',
      'percent_done',
      'left_until_done',
      'pieces',
      'have_valid',
      'total_size',
      'error',
    ];
    const [holiday] = (await remote.get(['id', 'name', 'hash_string'])).filter(
      ({ name }) => name === 'holiday',
    );
    const ids = [holiday?.['id']];
    await remote.call('torrent_set', { ids, files_wanted: [] });
    await remote.call('torrent_start', { ids });
    assert.equal(opened.peer.isSetUp, true);
    const read = async (): Promise<Fields> => (await remote.get(fields, { ids }))[0] ?? {};
    const hash = String(holiday?.['hash_string']);
    while (opened.peer.transfers.get(hash).torrent?.state.type !== 'seeding') await setImmediate();
    assert.deepEqual(await read(), {
      status: 6,
      percent_done: 1,
      left_until_done: 0,
      pieces: Buffer.from([0xff]).toString('base64'),
      have_valid: 120_000,
      total_size: 120_000,
      error: 0,
    });
    const recent = await remote.call('torrent_get', { ids: 'recently_active', fields: ['id'] });
    assert.ok((recent['torrents'] as Fields[]).some(({ id }) => id === ids[0]));
    assert.deepEqual(recent['removed'], []);
    const everything = await remote.get(
      [
        'peers',
        'peers_from',
        'tracker_stats',
        'availability',
        'file_stats',
        'magnet_link',
        'eta',
        'desired_available',
      ],
      { ids },
    );
    assert.deepEqual(everything[0]?.['peers'], []);
    assert.deepEqual(
      everything[0]?.['availability'],
      Array.from({ length: 8 }, () => -1),
    );

    await remote.call('torrent_remove', { ids, delete_local_data: true });
    const later = await remote.call('torrent_get', { ids: 'recently_active', fields: ['id'] });
    assert.deepEqual(later['removed'], ids);
    assert.deepEqual(await remote.get(['id'], { ids }), []);
  });

  test('a removal with data is one that the page can undo', async () => {
    await remote.call('torrent_remove', { ids: 'b'.repeat(40), delete_local_data: true });
    assert.equal(opened.peer.transfers.has('b'.repeat(40)), false);
    opened.peer.transfers.undoRemoval(['b'.repeat(40)]);
    assert.equal(opened.peer.transfers.has('b'.repeat(40)), true);
  });
});

describe('the session', () => {
  test('limits, schedule, queue and goal are settings of the peer', async () => {
    await using opened = await openOn();
    const remote = await Remote.open(opened);
    await remote.old('session-set', {
      'speed-limit-up': 30,
      'speed-limit-up-enabled': true,
      'alt-speed-down': 70,
      'alt-speed-time-enabled': true,
      'alt-speed-time-begin': 90,
      'alt-speed-time-end': 1_439,
      'alt-speed-time-day': 65,
      'download-queue-size': 3,
      seedRatioLimit: 1.5,
      seedRatioLimited: true,
      'start-added-torrents': false,
      'download-dir': opened.folder.at('other'),
      encryption: 'required',
      'no-such-setting': 1,
    });
    const { values } = opened.peer.settings;
    assert.equal(values.uploadMax, 30_000);
    assert.equal(values.scheduleDownloadMax, 70_000);
    assert.deepEqual([values.scheduleFrom, values.scheduleTo], ['01:30', '23:59']);
    assert.deepEqual(values.scheduleDays, [0, 6]);
    assert.equal(values.activeDownloadsMax, 3);
    assert.equal(values.ratioGoal, 1.5);
    assert.equal(values.addsPaused, true);
    assert.equal(values.downloadDirectory, opened.folder.at('other'));
    const session = await remote.call('session_get');
    assert.equal(session['speed_limit_up'], 30);
    assert.equal(session['alt_speed_time_day'], 65);
    assert.equal(session['alt_speed_time_begin'], 90);
    assert.equal(session['encryption'], 'tolerated');
    assert.equal(JSON.stringify(session).includes(opened.folder.at('home')), false);
    assert.equal(JSON.stringify(session).includes(opened.secret), false);
    await remote.old('session-set', { 'speed-limit-up-enabled': false, seedRatioLimited: false });
    assert.equal(opened.peer.settings.values.uploadMax, null);
    assert.equal(opened.peer.settings.values.ratioGoal, null);
    const isOn = session['alt_speed_enabled'] === true;
    assert.match(
      await remote.refusedOld('session-set', { 'alt-speed-enabled': !isOn }),
      /schedule/,
    );
    const wrong = await remote.refusedOld('session-set', { 'download-queue-size': 5_000 });
    assert.match(wrong, /activeDownloadsMax/);
  });

  test('an end after some time without a request is refused, not passed over', async () => {
    await using opened = await openOn();
    const remote = await Remote.open(opened);
    await remote.old('torrent-add', { filename: MAGNET, paused: true });
    const wrong = await remote.refusedOld('torrent-set', { seedIdleLimit: 30, seedIdleMode: 1 });
    assert.match(wrong, /without a request/);
    await remote.old('torrent-set', { seedIdleLimit: 30, seedIdleMode: 0 });
    const session = { 'idle-seeding-limit': 30, 'idle-seeding-limit-enabled': true };
    assert.match(await remote.refusedOld('session-set', session), /without a request/);
    await remote.old('session-set', { ...session, 'idle-seeding-limit-enabled': false });
  });

  test('totals, free space and groups are told', async () => {
    await using opened = await openOn();
    const remote = await Remote.open(opened);
    await remote.old('torrent-add', { filename: MAGNET, paused: true });
    const stats = await remote.old('session-stats');
    assert.equal(stats['torrentCount'], 1);
    assert.equal(stats['pausedTorrentCount'], 1);
    assert.equal((stats['current-stats'] as Fields)['downloadedBytes'], 0);
    const space = await remote.old('free-space', { path: opened.folder.path });
    assert.ok(Number(space['size-bytes']) > 0 && Number(space['total_size']) > 0);
    assert.match(await remote.refusedOld('free-space', { path: '/no/such/place' }), /no folder/);
    assert.deepEqual(await remote.old('group-get'), { group: [] });
  });
});
