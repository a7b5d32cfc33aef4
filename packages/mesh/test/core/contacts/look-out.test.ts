import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey, Millis } from '@coequal/base';
import { LookOut } from '../../../src/core/contacts/look-out.ts';
import type { Wanted } from '../../../src/core/contacts/look-out.ts';

const HOUR: Millis = 3_600_000;

function keyOf(n: number): DeviceKey {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, n);
  return deviceKeyOf(bytes);
}

/** Dials that take no time, until `end`; `isThere` says whether one succeeds. */
class Days {
  readonly lookOut = new LookOut(() => 0.5);
  readonly here = new Set<DeviceKey>();
  readonly dialled: { readonly at: Millis; readonly device: DeviceKey }[] = [];
  isThere: (device: DeviceKey) => boolean = () => false;
  now: Millis = 0;

  pass(ms: Millis): void {
    const end = this.now + ms;
    while (this.now <= end) {
      const next = this.lookOut.next(this.now, (device) => this.here.has(device));
      if (next.type === 'dial') this.#dial(next.device);
      else this.now = Math.max(this.now, Math.min(next.until ?? Infinity, end + 1));
    }
  }

  /** All of them at once. */
  lose(devices: readonly DeviceKey[]): void {
    for (const device of devices) {
      this.here.delete(device);
      this.lookOut.left(device, true, this.here.size === 0, this.now);
    }
  }

  dialsOf(device: DeviceKey): Millis[] {
    return this.dialled.filter((dial) => dial.device === device).map(({ at }) => at);
  }

  #dial(device: DeviceKey): void {
    this.dialled.push({ at: this.now, device });
    this.lookOut.began(device);
    const isThere = this.isThere(device);
    this.lookOut.ended(device, !isThere, this.now);
    if (!isThere) return;
    this.here.add(device);
    this.lookOut.met(this.now);
  }
}

const seenNow = (devices: readonly DeviceKey[]): Wanted[] =>
  devices.map((device) => ({ device, seenAt: 0 }));

const keys = (count: number): DeviceKey[] =>
  Array.from({ length: count }, (_, index) => keyOf(index));

describe('who looks out for contacts', () => {
  test('dials each at once in the order that it was told, then ever less often', () => {
    const days = new Days();
    const [a, b] = keys(2) as [DeviceKey, DeviceKey];
    days.lookOut.want(seenNow([b, a]), 0);
    days.pass(HOUR);
    assert.deepEqual(
      days.dialled.slice(0, 2).map(({ device }) => device),
      [b, a],
    );
    const gaps = days.dialsOf(a).map((at, index, all) => at - (all[index - 1] ?? at));
    assert.deepEqual(gaps.slice(0, 7), [0, 1_000, 4_000, 16_000, 64_000, 256_000, 900_000]);
  });

  test('dials two hundred who stay away less than two hundred times an hour, once it has looked', () => {
    const days = new Days();
    days.lookOut.want(seenNow(keys(200)), 0);
    days.pass(6 * HOUR);
    days.dialled.length = 0;
    days.pass(10 * HOUR);
    assert.ok(days.dialled.length > 1_000 && days.dialled.length < 2_000, `${days.dialled.length}`);
  });

  test('dials who was away for a day once, and then not for a quarter of an hour, if others are here', () => {
    const days = new Days();
    const [a, b] = keys(2) as [DeviceKey, DeviceKey];
    const wanted = [
      { device: a, seenAt: -24 * HOUR },
      { device: b, seenAt: -Infinity },
    ];
    days.lookOut.met(0);
    days.lookOut.want(wanted, 0);
    days.pass(HOUR);
    for (const device of [a, b])
      assert.deepEqual(days.dialsOf(device), [0, 900_000, 1_800_000, 2_700_000, 3_600_000]);
  });

  test('concludes nothing while nobody is here: it looks again soon, and once more when somebody is', () => {
    const days = new Days();
    const [a, b, c] = keys(3) as [DeviceKey, DeviceKey, DeviceKey];
    const wanted = [a, b, c].map((device) => ({ device, seenAt: -24 * HOUR }));
    days.lookOut.want(wanted, 0);
    days.pass(20_000);
    assert.deepEqual(days.dialsOf(a), [0, 1_000, 5_000]);
    days.pass(10 * HOUR);
    days.isThere = (device) => device === b;
    days.dialled.length = 0;
    while (days.here.size === 0) days.pass(1_000);
    days.pass(1_000);
    assert.deepEqual(new Set(days.dialled.map(({ device }) => device)), new Set([a, b, c]));
    days.dialled.length = 0;
    days.pass(HOUR - 5_000);
    assert.equal(days.dialled.length, 6);
  });

  test('lets nobody wait behind those who were dialled in vain', () => {
    const days = new Days();
    const all = keys(50);
    days.lookOut.want(seenNow(all), 0);
    // each dial takes two seconds, so that the first are due again before the last were dialled
    for (let count = 0; count < 50; count++, days.now += 2_000) {
      const next = days.lookOut.next(days.now, () => false);
      assert.equal(next.type, 'dial');
      if (next.type !== 'dial') continue;
      assert.equal(next.device, all[count]);
      days.lookOut.began(next.device);
      days.lookOut.ended(next.device, true, days.now);
    }
  });

  test('finds all who were lost together soon after it found one of them', () => {
    const days = new Days();
    const all = keys(100);
    const here = all.slice(0, 20);
    const isHere = (device: DeviceKey): boolean => here.includes(device);
    days.isThere = isHere;
    days.lookOut.want(seenNow(all), 0);
    days.pass(HOUR);
    const count = (): number => days.here.size;
    assert.equal(count(), 20);
    days.isThere = () => false;
    days.lose(here);
    days.pass(8 * HOUR);
    days.isThere = isHere;
    const again = days.now;
    while (count() === 0) days.pass(1_000);
    assert.ok(days.now - again < HOUR, 'one of them');
    days.pass(1_000);
    assert.equal(count(), 20);
  });

  test('dials all once when somebody passes on, and not each time that somebody says so', () => {
    const days = new Days();
    days.lookOut.want(seenNow(keys(100)), 0);
    days.pass(6 * HOUR);
    days.dialled.length = 0;
    for (let second = 0; second < 1_200; second++) {
      days.lookOut.helped();
      days.pass(1_000);
    }
    // at once, and every five hundred seconds
    assert.ok(days.dialled.length >= 300 && days.dialled.length <= 420, `${days.dialled.length}`);
  });

  test('dials one that was heard near at once, and no other', () => {
    const days = new Days();
    const [a, b] = keys(2) as [DeviceKey, DeviceKey];
    days.lookOut.want(seenNow([a, b]), 0);
    days.pass(6 * HOUR);
    days.dialled.length = 0;
    days.lookOut.hurry(days.now, a);
    days.pass(500);
    assert.deepEqual(
      days.dialled.map(({ device }) => device),
      [a],
    );
  });
});
