// Holes in a router's firewall by UPnP (WANIPv6FirewallControl:1), against a router that is scripted from the
// specification: what miniupnpd does with them is in test/e2e/port-mapping.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { encodeUtf8, LocalFault, PeerFault } from '@coequal/base';
import type { Datagram, Endpoint } from '@coequal/base';
import { openClock, openRandom } from '@coequal/base/node';
import { PinholeWay, UpnpPinholes } from '../../src/port-mapping/pinhole-way.ts';
import type { MapRequest } from '../../src/port-mapping/pcp.ts';
import type { Way, WayPorts } from '../../src/port-mapping/way.ts';

const TYPE = 'urn:schemas-upnp-org:service:WANIPv6FirewallControl:1';
const OWN = '::1';
const { signal } = new AbortController();
const TCP: MapRequest = {
  protocol: 'tcp',
  port: 7_000,
  externalPort: 7_000,
  lifetimeSeconds: 3_600,
};
const UDP: MapRequest = { ...TCP, protocol: 'udp' };

const hasIpv6 = Object.values(networkInterfaces()).some((found = []) =>
  found.some(({ address }) => address === OWN),
);
const skip = !hasIpv6 && 'this machine has no IPv6 loopback';

/** A router with a firewall for IPv6. */
class ScriptedRouter implements AsyncDisposable {
  readonly calls: string[] = [];
  /** Open holes by their number, with what they are for. */
  readonly holes = new Map<number, string>();
  /** Code of the error that it answers with. */
  refuses: number | undefined;
  readonly searches: Endpoint[] = [];
  #nextId = 7;
  readonly #server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      const error = request.method === 'GET' ? undefined : this.refuses;
      response.statusCode = error === undefined ? 200 : 500;
      if (error !== undefined) response.end(`<errorCode>${error}</errorCode>`);
      else response.end(request.method === 'GET' ? DESCRIPTION : this.#act(body, response));
    });
  });

  async open(): Promise<void> {
    await once(this.#server.listen(0, OWN), 'listening');
  }

  get ports(): WayPorts {
    return { clock: openClock(), random: openRandom(), net: { udp: this.#udp } };
  }

  readonly #udp: WayPorts['net']['udp'] = async ({ host, port }, onDatagrams) => ({
    local: { host, port },
    send: (_search, to) => {
      this.searches.push(to);
      const address = this.#server.address();
      assert.ok(typeof address === 'object' && address !== null);
      const location = `http://[${OWN}]:${address.port}/root.xml`;
      const text = `HTTP/1.1 200 OK\r\nST: ${TYPE}\r\nLOCATION: ${location}\r\n\r\n`;
      const answer: Datagram = { bytes: encodeUtf8(text), from: { host: OWN, port: 1_900 } };
      onDatagrams([answer]);
    },
    [Symbol.asyncDispose]: async () => {},
  });

  /** As WANIPv6FirewallControl:1, sections 2.4.3 to 2.4.5. */
  #act(body: string, response: { statusCode: number }): string {
    const value = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? '?';
    const [, action = ''] = /<u:(\w+) /.exec(body) ?? [];
    this.calls.push(action);
    const id = Number(value('UniqueID'));
    if (action === 'AddPinhole') {
      const words = ['RemoteHost', 'RemotePort', 'InternalClient', 'InternalPort', 'Protocol'];
      this.holes.set(this.#nextId, [...words, 'LeaseTime'].map(value).join());
      return `<UniqueID>${this.#nextId++}</UniqueID>`;
    }
    if (!this.holes.has(id)) {
      response.statusCode = 500;
      return '<errorCode>704</errorCode>';
    }
    if (action === 'DeletePinhole') this.holes.delete(id);
    return '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const DESCRIPTION = `<root><service><serviceType>${TYPE}</serviceType><controlURL>/6</controlURL></service></root>`;

async function openRouter(): Promise<
  { router: ScriptedRouter; way: UpnpPinholes } & AsyncDisposable
> {
  const router = new ScriptedRouter();
  await router.open();
  const way = new UpnpPinholes({ local: OWN, zone: 'eth0' }, router.ports);
  return { router, way, [Symbol.asyncDispose]: () => router[Symbol.asyncDispose]() };
}

test(
  'a hole is opened for this computer alone, kept by its number, and closed',
  { skip },
  async () => {
    await using opened = await openRouter();
    const { router, way } = opened;
    for (const request of [TCP, UDP, TCP, UDP]) {
      assert.deepEqual(await way.map(request, signal), {
        externalPort: 7_000,
        lifetimeSeconds: 3_600,
      });
    }
    assert.deepEqual(router.searches[0], { host: 'ff02::c%eth0', port: 1_900 });
    assert.deepEqual(router.calls.splice(0), [
      'AddPinhole',
      'AddPinhole',
      'UpdatePinhole',
      'UpdatePinhole',
    ]);
    assert.deepEqual(
      [...router.holes.values()],
      [`,0,${OWN},7000,6,3600`, `,0,${OWN},7000,17,3600`],
    );
    for (const request of [TCP, UDP]) await way.remove(request, signal);
    assert.equal(router.holes.size, 0);
  },
);

test('a router that was restarted, and knows of no hole, opens it again', { skip }, async () => {
  await using opened = await openRouter();
  const { router, way } = opened;
  await way.map(TCP, signal);
  router.holes.clear();
  await way.map(TCP, signal);
  assert.deepEqual(router.calls, ['AddPinhole', 'UpdatePinhole', 'AddPinhole']);
  assert.equal(router.holes.size, 1);
});

test('a router that forbids it is told of as one that refuses', { skip }, async () => {
  await using opened = await openRouter();
  const { router, way } = opened;
  router.refuses = 703;
  await assert.rejects(way.map(TCP, signal), (error) => {
    assert.ok(error instanceof PeerFault && error.code === 'PORT_MAPPING_REFUSED');
    assert.deepEqual(error.details, { router: OWN, result: 703 });
    return true;
  });
});

test('of two ways the second is taken when the first fails, and stays', async () => {
  const asked: string[] = [];
  const way = (name: Way['name'], works: boolean): Way => ({
    name,
    router: name,
    map: async ({ externalPort, lifetimeSeconds }) => {
      asked.push(`map ${name}`);
      if (!works) throw new LocalFault('ROUTER_SILENT');
      return { externalPort, lifetimeSeconds };
    },
    remove: async () => void asked.push(`remove ${name}`),
  });
  const either = new PinholeWay(way('PCP', false), way('UPnP', true));
  await either.map(TCP, signal);
  await either.map(TCP, signal);
  await either.remove(TCP, signal);
  assert.deepEqual(asked, ['map PCP', 'map UPnP', 'map UPnP', 'remove UPnP']);
  assert.equal(either.name, 'UPnP');
  const neither = new PinholeWay(way('PCP', false), way('UPnP', false));
  await assert.rejects(neither.map(TCP, signal), { code: 'ROUTER_SILENT' });
});
