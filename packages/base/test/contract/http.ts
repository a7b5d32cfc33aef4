/** The contract of Http: what every implementation does, real or simulated. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { concatBytes, encodeUtf8, PeerFault } from '../../src/index.ts';
import type { Http, HttpResponse } from '../../src/index.ts';
import { assertSameBytes, content, localFault } from './world.ts';
import type { World } from './world.ts';

/** What the server under the test's control says to a request. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** `cut`: the connection ends after the body, before the answer does. `silent`: no answer at all. */
  readonly ending?: 'whole' | 'cut' | 'silent';
}

export interface Asked {
  /** Path and query exactly as they were sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface HttpWorld extends World {
  readonly http: Http;
  /** Serves until the world is disposed; gives the origin, as in `http://127.0.0.1:1234`. */
  readonly serve: (answer: (asked: Asked) => Answer) => Promise<string>;
}

const never = new AbortController().signal;

function peerFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof PeerFault && error.code === code;
}

type Scenario = (title: string, run: (world: HttpWorld) => Promise<void>) => void;

const LIMITS = { bodyLengthMax: 1_000_000, timeoutMs: 60_000 };

export function describeHttp(name: string, open: () => Promise<HttpWorld>): void {
  const scenario: Scenario = (title, run) => {
    void test(title, async () => {
      await using world = await open();
      await world.pump(run(world));
    });
  };
  void describe(`Http: ${name}`, () => {
    describeAnswers(scenario);
    describeRedirects(scenario);
    describeFailures(scenario);
  });
}

function describeAnswers(scenario: Scenario): void {
  scenario('gives status, headers and body', async ({ http, serve }) => {
    const body = content(300_000);
    const origin = await serve(() => ({ status: 404, headers: { 'X-Kind': 'test' }, body }));
    const response = await http.fetch({ url: `${origin}/a`, ...LIMITS }, never);
    assert.equal(response.status, 404);
    assert.equal(response.headers['x-kind'], 'test');
    assertSameBytes(response.body, body);
  });

  scenario('sends path and query as they were given', async ({ http, serve }) => {
    const asked: string[] = [];
    const origin = await serve(({ path }) => {
      asked.push(path);
      return { status: 200 };
    });
    const paths = [
      "/announce?info_hash=%ff%00%Ab%7e~!'()*|&peer_id=-CQ0001-%20",
      '/a/../b/./c?x={}"<>^`',
      '/%2e%2e/%zz',
    ];
    for (const path of paths) await http.fetch({ url: origin + path, ...LIMITS }, never);
    await http.fetch({ url: `${origin}?a=1`, ...LIMITS }, never);
    await http.fetch({ url: `${origin}/ä b#fragment`, ...LIMITS }, never);
    await http.fetch({ url: origin, ...LIMITS }, never);
    assert.deepEqual(asked, [...paths, '/?a=1', '/%C3%A4%20b', '/']);
  });

  scenario('sends the headers', async ({ http, serve }) => {
    const asked: Asked[] = [];
    const origin = await serve((request) => {
      asked.push(request);
      return { status: 206, body: content(10) };
    });
    const headers = { Range: 'bytes=0-9', 'user-agent': 'test/1' };
    await http.fetch({ url: origin, headers, ...LIMITS }, never);
    assert.equal(asked[0]?.headers['range'], 'bytes=0-9');
    assert.equal(asked[0]?.headers['user-agent'], 'test/1');
  });

  scenario('unpacks gzip', async ({ http, serve }) => {
    const body = content(200_000);
    const headers = { 'content-encoding': 'gzip' };
    const origin = await serve(() => ({ status: 200, headers, body: gzipSync(body) }));
    const response = await http.fetch({ url: origin, ...LIMITS }, never);
    assertSameBytes(response.body, body);
  });
}

function describeRedirects(scenario: Scenario): void {
  scenario('follows redirects, relative and absolute', async ({ http, serve }) => {
    const asked: string[] = [];
    const target = await serve(({ path }) => {
      asked.push(path);
      return { status: 200, body: encodeUtf8('there') };
    });
    const origin = await serve(({ path }) => {
      asked.push(path);
      const location = path === '/a/b' ? '../c?%ff' : `${target}/d?info_hash=%FF'`;
      return { status: path === '/a/b' ? 301 : 307, headers: { location } };
    });
    const response: HttpResponse = await http.fetch({ url: `${origin}/a/b`, ...LIMITS }, never);
    assertSameBytes(response.body, encodeUtf8('there'));
    assert.deepEqual(asked, ['/a/b', '/c?%ff', "/d?info_hash=%FF'"]);
  });

  scenario('follows five redirects and no more', async ({ http, serve }) => {
    const origin = await serve(({ path }) => {
      const left = Number(path.slice(1));
      return left === 0 ? { status: 200 } : { status: 302, headers: { location: `/${left - 1}` } };
    });
    const response = await http.fetch({ url: `${origin}/5`, ...LIMITS }, never);
    assert.equal(response.status, 200);
    await assert.rejects(
      http.fetch({ url: `${origin}/6`, ...LIMITS }, never),
      peerFault('HTTP_TOO_MANY_REDIRECTS'),
    );
  });

  scenario('follows to http and https only', async ({ http, serve }) => {
    for (const location of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:,x', 'http://']) {
      const origin = await serve(() => ({ status: 302, headers: { location } }));
      await assert.rejects(
        http.fetch({ url: origin, ...LIMITS }, never),
        peerFault('HTTP_BAD_REDIRECT'),
        location,
      );
    }
  });

  scenario('keeps secrets from where it is sent', async ({ http, serve }) => {
    const seen: (string | undefined)[] = [];
    const target = await serve(({ headers }) => {
      seen.push(headers['authorization']);
      return { status: 200 };
    });
    const origin = await serve(({ headers }) => {
      seen.push(headers['authorization']);
      return { status: 302, headers: { location: target } };
    });
    const headers = { Authorization: 'Basic abc' };
    await http.fetch({ url: origin, headers, ...LIMITS }, never);
    assert.deepEqual(seen, ['Basic abc', undefined]);
  });
}

function describeFailures(scenario: Scenario): void {
  const isTooLong = peerFault('HTTP_BODY_TOO_LONG');

  scenario('refuses a body that is too long, told before or not', async ({ http, serve }) => {
    const body = content(1_001);
    const known = await serve(() => ({
      status: 200,
      headers: { 'content-length': '1001' },
      body,
    }));
    const unknown = await serve(() => ({ status: 200, body }));
    for (const url of [known, unknown]) {
      await assert.rejects(http.fetch({ url, ...LIMITS, bodyLengthMax: 1_000 }, never), isTooLong);
      const whole = await http.fetch({ url, ...LIMITS, bodyLengthMax: 1_001 }, never);
      assertSameBytes(whole.body, body);
    }
  });

  scenario('refuses a small body that unpacks to a long one', async ({ http, serve }) => {
    const body = gzipSync(new Uint8Array(50_000_000));
    const headers = { 'content-encoding': 'gzip' };
    const origin = await serve(() => ({ status: 200, headers, body }));
    await assert.rejects(http.fetch({ url: origin, ...LIMITS }, never), isTooLong);
  });

  scenario('refuses what it cannot unpack', async ({ http, serve }) => {
    const isBad = peerFault('HTTP_BAD_ENCODING');
    const whole = gzipSync(content(10_000));
    for (const [encoding, body] of [
      ['gzip', content(100)],
      ['gzip', whole.subarray(0, 5_000)],
      ['br', content(100)],
    ] as const) {
      const headers = { 'content-encoding': encoding };
      const origin = await serve(() => ({ status: 200, headers, body }));
      await assert.rejects(http.fetch({ url: origin, ...LIMITS }, never), isBad);
    }
  });

  scenario('fails when the answer is cut short', async ({ http, serve }) => {
    const headers = { 'content-length': '2000' };
    const body = content(1_000);
    const origin = await serve(() => ({ status: 200, headers, body, ending: 'cut' }));
    await assert.rejects(http.fetch({ url: origin, ...LIMITS }, never), localFault('HTTP_FAILED'));
  });

  scenario('fails when nobody listens', async ({ http }) => {
    const url = 'http://127.0.0.1:1/'; // tcpmux: reserved, and never in use
    await assert.rejects(http.fetch({ url, ...LIMITS }, never), localFault('HTTP_FAILED'));
  });

  scenario('refuses what is no http URL', async ({ http }) => {
    for (const url of [
      '',
      'x',
      'udp://127.0.0.1:1/',
      'file:///etc/passwd',
      'http://',
      'http://a b/',
    ]) {
      await assert.rejects(http.fetch({ url, ...LIMITS }, never), peerFault('HTTP_BAD_URL'), url);
    }
  });

  scenario('gives up after its time, redirects included', async ({ http, serve }) => {
    const silent = await serve(() => ({ status: 200, ending: 'silent' }));
    const origin = await serve(() => ({ status: 302, headers: { location: silent } }));
    const request = { url: origin, ...LIMITS, timeoutMs: 50 };
    await assert.rejects(http.fetch(request, never), localFault('HTTP_TIMEOUT'));
  });

  scenario('an aborted fetch rejects with the reason', async ({ http, serve }) => {
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    const origin = await serve(() => {
      abort.abort(reason);
      return { status: 200, ending: 'silent' };
    });
    const request = { url: origin, ...LIMITS };
    await assert.rejects(http.fetch(request, abort.signal), (error) => error === reason);
    await assert.rejects(http.fetch(request, abort.signal), (error) => error === reason);
  });

  scenario('many at once do not mix', async ({ http, serve }) => {
    const origin = await serve(({ path }) => ({ status: 200, body: encodeUtf8(path) }));
    const paths = Array.from({ length: 20 }, (_, i) => `/${i}`);
    const responses = await Promise.all(
      paths.map((path) => http.fetch({ url: origin + path, ...LIMITS }, never)),
    );
    const bodies = responses.map(({ body }) => body);
    assertSameBytes(concatBytes(bodies), encodeUtf8(paths.join('')));
  });
}
