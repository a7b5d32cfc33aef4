/** The peer that people-at-rest.ts measures, and processes beside it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Client, RequestRefused } from '@coequal/contract';
import { readOwnerSecret } from '../src/peer/owner-secret.ts';
import type { Order } from './people-at-rest-others.ts';

const LOOK_MS = 500;

/** A program that says one line when it is there, and one for each order. */
export class Helper implements AsyncDisposable {
  readonly pid: number;
  readonly firstLine: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  static async start(program: string, args: readonly string[]): Promise<Helper> {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) throw new Error(`${program} ${args.join(' ')} ended`);
    return new Helper(child, lines, ended, first.value);
  }

  private constructor(
    child: ChildProcess,
    lines: AsyncIterator<string>,
    ended: Promise<unknown>,
    firstLine: string,
  ) {
    this.pid = child.pid ?? 0;
    this.firstLine = firstLine;
    this.#child = child;
    this.#lines = lines;
    this.#ended = ended;
  }

  async tell(order: Order): Promise<void> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    const { done } = await this.#lines.next();
    if (done === true) throw new Error(`ended at ${order.type}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

export class Peer implements AsyncDisposable {
  readonly client: Client;
  readonly #helper: Helper;

  static async start(command: string, home: string): Promise<Peer> {
    const args = [command, 'up', '--json', '--no-open', '--api-port', '0', '--home', home];
    return new Peer(await Helper.start(process.execPath, args), home);
  }

  private constructor(helper: Helper, home: string) {
    this.#helper = helper;
    const { url } = JSON.parse(helper.firstLine) as { url: string };
    this.client = new Client({ base: new URL(url).origin, secret: readOwnerSecret(home) });
  }

  get pid(): number {
    return this.#helper.pid;
  }

  async invite(uses: number): Promise<string> {
    const { link } = await this.client.call('createInvitation', { body: { uses } });
    if (link === undefined) throw new Error('it was made now');
    return link;
  }

  async share(body: { torrent: string; directory: string }): Promise<void> {
    await this.client.call('addTransfer', { body });
  }

  /** Its links are open. */
  async isInTouch(): Promise<void> {
    await this.hasConnected(0);
  }

  async hasConnected(count: number): Promise<void> {
    await this.#until(async () => (await this.#connected()).length === count);
  }

  async state(): Promise<string> {
    const { contacts } = await this.client.call('listContacts', {});
    const { dhtNodes } = await this.client.call('showStatus', {});
    const connected = await this.#connected();
    return `${contacts.length} contacts, ${connected.length} connected, ${dhtNodes} nodes of the DHT of files known`;
  }

  async #connected(): Promise<readonly unknown[]> {
    const { contacts } = await this.client.call('listContacts', {});
    return contacts.filter(({ path }) => path !== 'none');
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    const isSoNow = async (): Promise<boolean> => {
      try {
        return await isSo();
      } catch (error) {
        if (error instanceof RequestRefused && error.explanation.code === 'PEOPLE_OFF')
          return false;
        throw error;
      }
    };
    while (!(await isSoNow())) await setTimeout(LOOK_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#helper[Symbol.asyncDispose]();
  }
}
