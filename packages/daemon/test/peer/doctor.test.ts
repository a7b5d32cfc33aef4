// What the doctor finds: the clock, open files and sockets, who does not answer, and services that are off.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock, Http } from '@coequal/base';
import { AnswerWindow } from '../../src/peer/answer-window.ts';
import { ClockWatch } from '../../src/peer/clock-watch.ts';
import { checkClock, checkHandles, checkTimeOuts } from '../../src/peer/doctor-checks.ts';
import { parseLimit, readHandles } from '../../src/peer/open-handles.ts';
import { openPeer } from '../api/peer-in-test.ts';

const never = new AbortController().signal;
const START = Date.UTC(2026, 10, 26, 12);

/** Turned by hand; the wall clock apart from the one that only goes on. */
class HandClock implements Clock {
  at: Clock['at'] = () => () => {};
  monotonic = 0;
  wall = START;

  now(): number {
    return this.monotonic;
  }

  epochNow(): number {
    return this.wall;
  }

  pass(ms: number): void {
    this.monotonic += ms;
    this.wall += ms;
  }
}

function answering(headers: Readonly<Record<string, string>>): Http {
  return { fetch: async () => ({ status: 200, headers, body: new Uint8Array() }) };
}

async function hear(
  watch: ClockWatch,
  host: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const request = { url: `https://${host}/announce`, bodyLengthMax: 1, timeoutMs: 1 };
  await watch.over(answering(headers)).fetch(request, never);
}

const dateOf = (at: number): string => new Date(at).toUTCString();

describe('the clock', () => {
  test('is not known to be right until somebody told the time', () => {
    const { verdict, finding } = checkClock(new ClockWatch(new HandClock()).report);
    assert.deepEqual([verdict, finding.code], ['unknown', 'CLOCK_UNTOLD']);
  });

  test('is right when a server that was asked for something says the same', async () => {
    const watch = new ClockWatch(new HandClock());
    await hear(watch, 'one.example', { date: dateOf(START) });
    const { verdict, finding } = checkClock(watch.report);
    assert.deepEqual(
      [verdict, finding.code, finding.details],
      ['good', 'CLOCK_RIGHT', { servers: 1 }],
    );
  });

  test('is as far off as most servers say, and one that is wrong itself does not matter', async () => {
    const watch = new ClockWatch(new HandClock());
    await hear(watch, 'one.example', { date: dateOf(START + 7_200_000) });
    await hear(watch, 'two.example', { date: dateOf(START + 7_201_000) });
    await hear(watch, 'liar.example', { date: dateOf(0) });
    const { verdict, finding } = checkClock(watch.report);
    assert.deepEqual([verdict, finding.code], ['bad', 'CLOCK_BEHIND']);
    assert.equal(finding.details['seconds'], 7_200);
    assert.match(finding.hint ?? '', /timedatectl/);
  });

  test('is not blamed for an answer that somebody had kept', async () => {
    const watch = new ClockWatch(new HandClock());
    await hear(watch, 'one.example', { date: dateOf(START - 86_400_000), age: '86400' });
    await hear(watch, 'two.example', { date: 'no date at all' });
    assert.equal(checkClock(watch.report).finding.code, 'CLOCK_RIGHT');
  });

  test('that was set back is told for an hour, and one that went on while the computer slept is not', () => {
    const clock = new HandClock();
    const watch = new ClockWatch(clock);
    clock.wall += 8 * 3_600_000; // it slept
    watch.look();
    assert.equal(watch.report.setBackMs, undefined);
    clock.wall -= 90_000;
    const { verdict, finding } = checkClock(watch.report);
    assert.deepEqual([verdict, finding.code], ['odd', 'CLOCK_SET_BACK']);
    assert.equal(finding.details['seconds'], 90);
    clock.pass(3_600_001);
    assert.equal(watch.report.setBackMs, undefined);
  });

  test('of another century is wrong, whatever else is known', () => {
    const clock = new HandClock();
    clock.wall = 0;
    const { verdict, finding } = checkClock(new ClockWatch(clock).report);
    assert.deepEqual(
      [verdict, finding.code, finding.details],
      ['bad', 'CLOCK_IMPLAUSIBLE', { year: '1970' }],
    );
  });
});

describe('files and sockets', () => {
  test('are enough, few, or nearly all in use', () => {
    const codeOf = (open: number, limit: number): string =>
      `${checkHandles({ open, limit }, 364).verdict} ${checkHandles({ open, limit }, 364).finding.code}`;
    assert.equal(codeOf(60, 1_024), 'good HANDLES_GOOD');
    assert.equal(codeOf(60, 256), 'odd HANDLES_FEW');
    assert.equal(codeOf(900, 1_024), 'odd HANDLES_NEAR');
    assert.equal(codeOf(1_000, 1_024), 'bad HANDLES_NEAR');
    const { finding } = checkHandles({ open: 60, limit: 256 }, 364);
    assert.match(finding.hint ?? '', /ulimit -n.*LimitNOFILE/);
  });

  test('of a system that does not tell are not known', () => {
    const { verdict, finding } = checkHandles({ open: undefined, limit: undefined }, 364);
    assert.deepEqual([verdict, finding.code], ['unknown', 'HANDLES_UNKNOWN']);
  });

  test('have the limit that Linux writes down', () => {
    const line = 'Max open files            1024                 1048576              files     \n';
    assert.equal(parseLimit(`Max processes  1 1 processes\n${line}`), 1_024);
    assert.equal(
      parseLimit('Max open files            unlimited            unlimited            files'),
      undefined,
    );
  });

  const isTold = process.platform === 'linux';
  test('are counted', { skip: isTold ? false : 'only Linux tells both' }, async () => {
    const { open, limit } = await readHandles();
    assert.ok(open !== undefined && limit !== undefined && open > 2 && open < limit);
  });
});

describe('who does not answer', () => {
  test('is counted over the last ten minutes, also when another engine begins at nothing', () => {
    const window = new AnswerWindow();
    window.note({ ended: 100, timedOut: 90 }, 0);
    for (let minute = 1; minute <= 12; minute += 1)
      window.note({ ended: 100 + minute, timedOut: 90 }, minute * 60_000);
    assert.deepEqual(window.recent, { ended: 10, timedOut: 0 });
    window.note({ ended: 3, timedOut: 2 }, 13 * 60_000);
    assert.deepEqual(window.recent, { ended: 3, timedOut: 2 });
  });

  test('is told apart: peers, the DHT, trackers', () => {
    const checks = checkTimeOuts({
      dials: { ended: 100, timedOut: 95 },
      dhtQueries: { ended: 100, timedOut: 20 },
      trackers: { ended: 1, timedOut: 1 },
    });
    assert.deepEqual(
      checks.map(({ name, verdict, finding }) => [name, verdict, finding.code]),
      [
        ['time-outs-dials', 'odd', 'TIME_OUTS_DIALS_MANY'],
        ['time-outs-dht', 'good', 'TIME_OUTS_DHT_GOOD'],
        ['time-outs-trackers', 'unknown', 'TIME_OUTS_TRACKERS_FEW'],
      ],
    );
    assert.match(checks[0]?.finding.hint ?? '', /firewall/);
  });
});

test('a watched folder that nobody named is off, and that is fine', async () => {
  await using opened = await openPeer();
  const { client, peer } = opened;
  const { checks } = await client.call('examine', {});
  const check = checks.find(({ name }) => name === 'service-watch-folder');
  assert.deepEqual([check?.verdict, check?.finding.code], ['good', 'SERVICE_OFF']);
  const names = checks.map(({ name }) => name);
  for (const name of ['clock', 'handles', 'time-outs-dials', 'time-outs-dht', 'time-outs-trackers'])
    assert.ok(names.includes(name), name);
  peer.settings.change({ values: { watchDirectory: opened.folder.at('watched') } });
  const later = (await client.call('examine', {})).checks;
  const waiting = later.find(({ name }) => name === 'service-watch-folder');
  assert.deepEqual([waiting?.verdict, waiting?.finding.code], ['odd', 'SERVICE_WAITING']);
});
