/** MeshLinks against the contract of Links, over the carriers that are used: TCP on loopback, encrypted. */
import { openRandom } from '@coequal/base/node';
import { describeLinks } from '../../../../base/test/contract/links.ts';
import { MeshLinks, TcpDoor, TcpTransport } from '../../../src/index.ts';
import { Book, clock, isNear, makeKeys, net, never } from '../../transport/devices.ts';

describeLinks('of the mesh over TCP', async () => {
  const book = new Book();
  const open = async (): Promise<{ links: MeshLinks; keys: ReturnType<typeof makeKeys> }> => {
    const keys = makeKeys();
    const own = { keys, net, clock };
    const door = await TcpDoor.open({ ...own, at: [{ host: '127.0.0.1', port: 0 }] }, never);
    const [at] = door.locals;
    if (at !== undefined) book.add(keys.device, 'tcp', at.host, at.port);
    const options = {
      own: keys.device,
      transports: [async (host) => new OwningTransport({ ...own, host, book, isNear, door }, door)],
      admission: { levelOf: () => 'contact' },
      onFailure: (error) => {
        throw error;
      },
    } as const satisfies Parameters<typeof MeshLinks.open>[0];
    const links = await MeshLinks.open(options, { clock, random: openRandom() }, never);
    return { links, keys };
  };
  const [near, far] = await Promise.all([open(), open()]);
  return {
    near: near.links,
    nearKey: near.keys.device,
    far: far.links,
    farKey: far.keys.device,
    absentKey: makeKeys().device,
    pump: (work) => work,
    async [Symbol.asyncDispose]() {
      await Promise.all([near, far].map(({ links }) => links[Symbol.asyncDispose]()));
    },
  };
});

/** Its door goes with it. */
class OwningTransport extends TcpTransport {
  readonly #door: TcpDoor;

  constructor(options: ConstructorParameters<typeof TcpTransport>[0], door: TcpDoor) {
    super(options);
    this.#door = door;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#door[Symbol.asyncDispose]();
  }
}
