// Which pairs of home networks get connected, by which way, and how fast: docs/mesh-nat.md has the table, and no pair
// may do worse. After an improvement: `node_modules/.bin/node packages/mesh/test/natlab/mesh-nat.test.ts --update`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { NAT_TYPES, NatLab } from '../../../daemon/test/natlab/nat-lab.ts';
import type { LabHost, NatType } from '../../../daemon/test/natlab/nat-lab.ts';
import { LabProcess } from './lab-process.ts';
import { labKeys } from './lab-peer.ts';
import type { LabPeerOptions, Outcome, Outcomes } from './lab-peer.ts';

const DOCUMENT = new URL('../../../../docs/mesh-nat.md', import.meta.url);
const TABLE = /^\| dialler behind .*\n\|(?:---\|)+\n(?:\|.*\n)+/m;
const isUpdate = process.argv.includes('--update');

const UDP_PORT = 30_000;
const TCP_PORT = 30_001;
const HELPERS = ['helper1', 'helper2', 'helper3'];
const WAYS = ['tcp', 'hyperdht', 'relay'];

/** All of them, and the start of their processes: on two cores they take 40 s, and the machine may be slow and busy. */
const TIMEOUT_MS = 600_000;

/** Most of a dial is waiting; but what is written down is measured one after the other. */
const DIALS_AT_ONCE = isUpdate ? 1 : 4;

const PAIRS = NAT_TYPES.flatMap((dialler) => NAT_TYPES.map((listener) => ({ dialler, listener })));
type Pair = (typeof PAIRS)[number];

/**
 * One side's ports cannot be foretold, and are found by trying: a node of HyperDHT does that for one pair at a time, with
 * 20 s between two. So each of these pairs has processes of its own, and luck decides how long it takes.
 */
function isByLuck({ dialler, listener }: Pair): boolean {
  const isGuarded = (type: NatType): boolean => type === 'firewall' || type === 'portres';
  return (
    (dialler === 'symmetric' && isGuarded(listener)) ||
    (listener === 'symmetric' && isGuarded(dialler))
  );
}

const skip = await NatLab.skipReason();
const document = readFileSync(DOCUMENT, 'utf8');
const results = new Map<string, Outcomes>();

describe(
  'between two home networks',
  { concurrency: DIALS_AT_ONCE, timeout: TIMEOUT_MS, skip },
  () => {
    let lab: NatLab | undefined;
    const owned = new AsyncDisposableStack();
    const diallers = new Map<string, LabProcess>();
    let homes: Homes | undefined;

    before(async () => {
      lab = owned.use(await NatLab.open());
      homes = await Homes.open(lab, owned);
      const starts = PAIRS.flatMap((pair) => {
        const name = `from-${isByLuck(pair) ? keyOf(pair) : pair.dialler}`;
        const to = `to-${isByLuck(pair) ? keyOf(pair) : pair.listener}`;
        return [
          { name, type: pair.dialler },
          { name: to, type: pair.listener },
        ];
      });
      for (const { name, type } of new Map(starts.map((each) => [each.name, each])).values())
        diallers.set(name, await homes.start(name, type));
      await Promise.all(Array.from(diallers.values(), (each) => each.isThere));
    });

    after(async () => {
      await owned.disposeAsync();
      if (isUpdate) writeFileSync(DOCUMENT, document.replace(TABLE, format(results)));
    });

    for (const pair of PAIRS) {
      test(`from behind ${pair.dialler} to behind ${pair.listener}`, async () => {
        const own = isByLuck(pair) ? keyOf(pair) : undefined;
        const dialler = diallers.get(`from-${own ?? pair.dialler}`);
        assert.ok(dialler);
        const outcomes = await dialler.dial(`to-${own ?? pair.listener}`, WAYS);
        results.set(keyOf(pair), outcomes);
        const best = bestOf(outcomes);
        assert.notEqual(best?.path, undefined, JSON.stringify(outcomes));
        if (isUpdate) return;
        const expected = wordInTable(document, pair);
        if (expected !== 'relayed' && !isByLuck(pair))
          assert.equal(best?.path, 'direct', JSON.stringify(outcomes));
      });
    }
  },
);

test(
  'two behind symmetric routers are joined over UDP by a device behind an open one',
  { skip },
  async () => {
    await using owned = new AsyncDisposableStack();
    const lab = owned.use(await NatLab.open());
    // one alone could not tell a device what its router does with ports
    const nodes = [await lab.host('public'), await lab.host('public'), await lab.host('public')];
    const bootstrap = nodes.map(({ address }) => ({ host: address, port: UDP_PORT }));
    const start = async (host: LabHost, name: string, more: Partial<LabPeerOptions>) => {
      const options = { name, udpPort: 0, bootstrap, helpers: [], book: [], ...more };
      const started = owned.use(await LabProcess.start(host, options));
      await started.isThere;
      return started;
    };
    for (const [index, node] of nodes.entries()) {
      const known = bootstrap.slice(0, index);
      const more = { udpPort: UDP_PORT, publicHost: node.address, bootstrap: known };
      await start(node, `node${index}`, more);
    }
    const relays = ['contact'];
    await start(await lab.host('fullcone'), 'contact', { relayedBytesMax: 8_000_000 });
    await start(await lab.host('symmetric'), 'far', {});
    const near = await start(await lab.host('symmetric'), 'near', { relays });
    const { hyperdht } = await near.dial('far', ['hyperdht']);
    assert.equal(hyperdht?.path, 'relayed', JSON.stringify(hyperdht));
    assert.equal(hyperdht.by, labKeys('contact').device);
    const exhausted = await near.exhaust('far');
    assert.match(exhausted.reason, /RELAY_ENDED reason=quota/);
  },
);

/** A host of each kind for those who dial, one for those who listen, and the helpers. */
class Homes {
  readonly #hosts: ReadonlyMap<string, LabHost>;
  readonly #helperHosts: readonly LabHost[];
  readonly #owned: AsyncDisposableStack;

  static async open(lab: NatLab, owned: AsyncDisposableStack): Promise<Homes> {
    const hosts = new Map<string, LabHost>();
    for (const side of ['from', 'to'])
      for (const type of NAT_TYPES) hosts.set(`${side} ${type}`, await lab.host(type));
    const helpers: LabHost[] = [];
    for (let i = 0; i < HELPERS.length; i++) helpers.push(await lab.host('public'));
    const homes = new Homes(hosts, helpers, owned);
    for (const [index, name] of HELPERS.entries()) await homes.#startHelper(name, index);
    return homes;
  }

  private constructor(
    hosts: ReadonlyMap<string, LabHost>,
    helpers: readonly LabHost[],
    owned: AsyncDisposableStack,
  ) {
    this.#hosts = hosts;
    this.#helperHosts = helpers;
    this.#owned = owned;
  }

  async start(name: string, type: NatType): Promise<LabProcess> {
    const host = this.#hosts.get(`${name.startsWith('from') ? 'from' : 'to'} ${type}`);
    assert.ok(host);
    const isPublic = type === 'public';
    const options: LabPeerOptions = {
      name,
      udpPort: isPublic ? UDP_PORT : 0,
      ...(isPublic ? { tcpPort: TCP_PORT, publicHost: host.address } : {}),
      bootstrap: this.#helperHosts.map(({ address }) => ({ host: address, port: UDP_PORT })),
      helpers: HELPERS.slice(0, 1),
      book: this.#book(),
    };
    return this.#owned.use(await LabProcess.start(host, options));
  }

  async #startHelper(name: string, index: number): Promise<void> {
    const host = this.#helperHosts[index];
    assert.ok(host);
    const bootstrap = this.#helperHosts
      .slice(0, index)
      .map(({ address }) => ({ host: address, port: UDP_PORT }));
    const started = await LabProcess.start(host, {
      name,
      udpPort: UDP_PORT,
      tcpPort: TCP_PORT,
      publicHost: host.address,
      bootstrap,
      isRelay: true,
      helpers: [],
      book: [],
    });
    this.#owned.use(started);
  }

  /** Where everybody finds those who can be dialled. */
  #book(): LabPeerOptions['book'] {
    const publicHost = this.#hosts.get('to public');
    const known = HELPERS.map((name, index) => ({ name, host: this.#helperHosts[index] }));
    return [...known, { name: 'to-public', host: publicHost }].flatMap(({ name, host }) =>
      host === undefined
        ? []
        : [{ name, host: host.address, port: TCP_PORT, kind: 'tcp', source: 'told' }],
    );
  }
}

function bestOf(outcomes: Outcomes): Outcome | undefined {
  const connected = Object.values(outcomes)
    .filter((each) => each !== undefined)
    .filter(({ path }) => path !== 'none')
    .toSorted((a, b) => a.ms - b.ms);
  return connected.find(({ path }) => path !== 'relayed') ?? connected[0];
}

function wordsOf(outcomes: Outcomes): string {
  const best = bestOf(outcomes);
  if (best === undefined) return 'not at all';
  const [name] = Object.entries(outcomes).find(([, each]) => each === best) ?? [''];
  const way = name === 'relay' ? 'relayed' : name === 'tcp' ? 'TCP' : 'UDP';
  const relay = outcomes['relay'];
  const isSlower = relay?.path === 'relayed' && relay.ms * 10 < best.ms;
  return `${way} ${timeOf(best.ms)}${isSlower ? `, relayed ${timeOf(relay.ms)}` : ''}`;
}

function timeOf(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function format(found: ReadonlyMap<string, Outcomes>): string {
  const rows = NAT_TYPES.map((dialler) => {
    const cells = NAT_TYPES.map((listener) =>
      wordsOf(found.get(keyOf({ dialler, listener })) ?? {}),
    );
    return `| ${dialler} | ${cells.join(' | ')} |`;
  });
  const head = `| dialler behind | ${NAT_TYPES.join(' | ')} |`;
  const line = `|${'---|'.repeat(NAT_TYPES.length + 1)}`;
  return `${[head, line, ...rows].join('\n')}\n`;
}

function wordInTable(text: string, { dialler, listener }: Pair): string {
  const [table = ''] = TABLE.exec(text) ?? [];
  const row = table.split('\n').find((line) => line.startsWith(`| ${dialler} |`));
  const [word] = row?.split('|')[2 + NAT_TYPES.indexOf(listener)]?.trim().split(' ') ?? [];
  assert.ok(word !== undefined, `docs/mesh-nat.md says nothing of ${dialler} and ${listener}`);
  return word;
}

function keyOf({ dialler, listener }: Pair): string {
  return `${dialler}-${listener}`;
}
