// Contacts find each other in a local network that leads nowhere, and what keeps them from it is named: in network
// namespaces of Linux, joined by a switch.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deviceKeyOf, formatHex } from '@coequal/base';
import { Laboratory, noNamespaces } from '../../../daemon/test/e2e/namespaces.ts';
import type { ChildPlan } from './lan-child.ts';

const CHILD = fileURLToPath(new URL('lan-child.ts', import.meta.url));
const LAB = { skip: noNamespaces() };
const MDNS_PORT = 5_353;
const GROUP = '224.0.0.251';
const GROUP_6 = 'ff02::fb';

const member = (number: number) => ({
  key: deviceKeyOf(new Uint8Array(32).fill(number)),
  secret: formatHex(new Uint8Array(32).fill(number + 100)),
});
const [ANN, BEN] = [member(1), member(2)];

type Line = Readonly<Record<string, unknown>>;

interface Place {
  readonly host: string;
  readonly port: number;
}

class Device implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #closed: Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(host: string, plan: ChildPlan) {
    const command = ['netns', 'exec', host, process.execPath, CHILD, JSON.stringify(plan)];
    this.#child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    this.#child.on('close', () => resolve());
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line);
      for (const wake of this.#waiting) wake();
    });
  }

  /** The first line that has it, and suits. */
  async has(name: string, suits: (line: Line) => boolean = () => true): Promise<Line> {
    for (;;) {
      const found = this.lines.find((line) => name in line && suits(line));
      if (found !== undefined) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await Promise.race([
        promise,
        this.#closed.then(() => {
          if (!this.lines.some((line) => name in line && suits(line)))
            throw new Error(`ended without ${name}`);
        }),
      ]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }
}

function plug(lab: Laboratory, into: string, host: string, last: number, name = 'cable'): void {
  lab.plug({ host, name, addresses: [`10.95.0.${last}/24`] }, into);
}

/** What Ann and Ben run. */
const planOf = (own: typeof ANN, other: typeof ANN, tcp: number, family?: 4 | 6): ChildPlan => ({
  mode: 'find',
  secret: own.secret,
  tcp,
  contacts: { [other.key]: other.secret },
  ...(family === undefined ? {} : { family }),
});

test(
  'contacts find each other where there is no internet, and a stranger learns nothing',
  LAB,
  async () => {
    await using lab = new Laboratory();
    const bridge = lab.addSwitch('switch');
    const [ann, ben, eve] = ['ann', 'ben', 'eve'].map((name) => lab.addHost(name));
    assert.ok(ann && ben && eve);
    for (const [index, host] of [ann, ben, eve].entries()) plug(lab, bridge, host, index + 1);
    const capture = await lab.capture(ann);
    await using stranger = new Device(eve, {
      mode: 'find',
      secret: member(3).secret,
      tcp: 9,
      contacts: {},
    });
    await stranger.has('ready');
    await using one = new Device(ann, planOf(ANN, BEN, 7_001, 4));
    await one.has('ready');
    await using other = new Device(ben, planOf(BEN, ANN, 7_002, 4));
    const at = (host: string, port: number) => [{ host, port, kind: 'tcp', source: 'lan' }];
    assert.deepEqual(await one.has('found'), { found: BEN.key, at: at('10.95.0.2', 7_002) });
    assert.deepEqual(await other.has('found'), { found: ANN.key, at: at('10.95.0.1', 7_001) });
    assert.deepEqual(stranger.lines, [{ ready: true }]);
    // all that left is for the group; nothing of it says whose it is, or where it listens
    const sent = (await capture.end()).filter(({ protocol }) => protocol === 'udp');
    assert.ok(sent.length >= 2);
    const port = Buffer.from([7_001 >> 8, 7_001 & 0xff]).toString('latin1');
    for (const { to, port: towards, payload } of sent) {
      assert.deepEqual([to, towards], [GROUP, MDNS_PORT]);
      const text = Buffer.from(payload).toString('latin1');
      assert.ok(!text.includes(Buffer.from(ANN.key, 'hex').toString('latin1')));
      assert.ok(!text.includes(ANN.secret) && !text.includes(port));
    }
  },
);

/** Of the link, as the system chose it. */
const OF_LINK = /^fe80::[0-9a-f:]+%cable$/;

test('contacts find each other in a network that has IPv6 alone', LAB, async () => {
  await using lab = new Laboratory();
  const bridge = lab.addSwitch('switch');
  const [ann, ben, eve] = ['ann', 'ben', 'eve'].map((name) => lab.addHost(name));
  assert.ok(ann && ben && eve);
  for (const host of [ann, ben, eve]) lab.plug({ host, name: 'cable', addresses: [] }, bridge);
  const capture = await lab.capture(ann);
  await using stranger = new Device(eve, { mode: 'find', secret: member(3).secret, tcp: 9 });
  await stranger.has('ready');
  await using one = new Device(ann, planOf(ANN, BEN, 7_001));
  await using other = new Device(ben, planOf(BEN, ANN, 7_002));
  for (const [device, key, port] of [
    [one, BEN.key, 7_002],
    [other, ANN.key, 7_001],
  ] as const) {
    const { found, at } = (await device.has('found')) as { found: string; at: Place[] };
    assert.equal(found, key);
    assert.equal(at.length, 1);
    assert.match(at[0]?.host ?? '', OF_LINK);
    assert.equal(at[0]?.port, port);
  }
  assert.deepEqual(stranger.lines, [{ ready: true }]);
  // nothing was wrong, though addresses of IPv6 cannot be sent from at once
  for (const { lines } of [one, other]) assert.ok(!lines.some((line) => 'problem' in line));
  const sent = (await capture.end()).filter(({ protocol }) => protocol === 'udp');
  // what was asked before the address could be sent from is lost, so an answer to the other may be all
  assert.ok(sent.length > 0);
  for (const { to, port } of sent) assert.deepEqual([to, port], [GROUP_6, MDNS_PORT]);
});

test('a contact who has both families is found by both, at two addresses', LAB, async () => {
  await using lab = new Laboratory();
  const bridge = lab.addSwitch('switch');
  const [ann, ben] = ['ann', 'ben'].map((name) => lab.addHost(name));
  assert.ok(ann && ben);
  for (const [index, host] of [ann, ben].entries()) plug(lab, bridge, host, index + 1);
  await using one = new Device(ann, planOf(ANN, BEN, 7_001));
  await using _other = new Device(ben, planOf(BEN, ANN, 7_002));
  const { at } = (await one.has('found', (line) => (line['at'] as Place[]).length === 2)) as {
    at: Place[];
  };
  const hosts = at.map(({ host }) => host).toSorted();
  assert.equal(hosts[0], '10.95.0.2');
  assert.match(hosts[1] ?? '', OF_LINK);
  // two ways to one device, and told no more often than that
  assert.equal(one.lines.filter((line) => 'found' in line).length, 2);
});

test(
  'a network that is joined later is looked in, and one that is not bound is not',
  LAB,
  async () => {
    await using lab = new Laboratory();
    const bridge = lab.addSwitch('switch');
    const [ann, ben] = ['ann', 'ben'].map((name) => lab.addHost(name));
    assert.ok(ann && ben);
    plug(lab, bridge, ben, 2);
    const contacts = { [BEN.key]: BEN.secret };
    await using _other = new Device(ben, {
      mode: 'find',
      secret: BEN.secret,
      tcp: 7_002,
      contacts: {},
    });
    await using one = new Device(ann, { mode: 'find', secret: ANN.secret, tcp: 7_001, contacts });
    await using bound = new Device(ann, {
      mode: 'find',
      secret: ANN.secret,
      bind: '10.95.0.9',
      contacts,
    });
    await Promise.all([one.has('ready'), bound.has('ready')]);
    assert.deepEqual(one.lines, [{ ready: true }]);
    plug(lab, bridge, ann, 1);
    await one.has('found');
    assert.deepEqual(bound.lines, [{ ready: true }]);
  },
);

test('what keeps a computer from finding others is named', LAB, async () => {
  await using lab = new Laboratory();
  const finding = async (host: string): Promise<unknown> => {
    await using device = new Device(host, { mode: 'self-test' });
    return (await device.has('finding'))['finding'];
  };
  const ann = lab.addHost('ann');
  assert.deepEqual(await finding(ann), { code: 'LAN_NO_NETWORK' });
  const far = lab.addHost('far');
  const tunnel = (host: string, last: number) => ({
    host,
    name: 'wg0',
    addresses: [`10.99.0.${last}/24`],
  });
  lab.join(tunnel(ann, 1), tunnel(far, 2));
  assert.deepEqual(await finding(ann), { code: 'LAN_ONLY_VPN', name: 'wg0' });
  const bridge = lab.addSwitch('switch');
  plug(lab, bridge, ann, 1);
  assert.deepEqual(await finding(ann), { code: 'LAN_NOBODY_HEARD', name: 'cable' });
  const ben = lab.addHost('ben');
  plug(lab, bridge, ben, 2);
  await using other = new Device(ben, {
    mode: 'find',
    secret: BEN.secret,
    tcp: 7_002,
    contacts: {},
  });
  await other.has('ready');
  assert.deepEqual(await finding(ann), { code: 'LAN_GOOD', others: 1 });
  // a switch that keeps its devices apart, as Wi-Fi for guests does
  for (const name of ['ann', 'ben'])
    execFileSync('ip', [
      'netns',
      'exec',
      bridge,
      'bridge',
      'link',
      'set',
      'dev',
      `to-${name}`,
      'isolated',
      'on',
    ]);
  assert.deepEqual(await finding(ann), { code: 'LAN_NOBODY_HEARD', name: 'cable' });
  if (spawnSync('nft', ['--version']).status !== 0) return; // the last part needs the Debian package nftables
  const rules =
    'add table inet t; add chain inet t in { type filter hook input priority 0; }; add rule inet t in udp dport 5353 drop';
  execFileSync('ip', ['netns', 'exec', ann, 'nft', rules]);
  assert.deepEqual(await finding(ann), { code: 'LAN_BLOCKED_HERE', name: 'cable' });
});
