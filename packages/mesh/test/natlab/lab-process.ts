/** A lab-peer in one of the laboratory's hosts. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '@coequal/base';
import type { LabHost } from '../../../daemon/test/natlab/nat-lab.ts';
import type { LabCommand, LabEvent, LabPeerOptions, Outcomes } from './lab-peer.ts';

const PROGRAM = fileURLToPath(new URL('lab-peer.ts', import.meta.url));

export class LabProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  readonly #events: LabEvent[] = [];
  readonly #waiting = new Set<() => void>();

  /** It is ready, and has told others of itself as far as there are any. */
  static async start(host: LabHost, options: LabPeerOptions): Promise<LabProcess> {
    const started = new LabProcess(host, options);
    await started.event((event) => event.event === 'ready');
    return started;
  }

  private constructor(host: LabHost, options: LabPeerOptions) {
    this.name = options.name;
    const [command = process.execPath, ...words] = [...host.launcher, process.execPath, PROGRAM];
    this.#child = spawn(command, [...words, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#events.push(JSON.parse(line) as LabEvent);
      for (const look of this.#waiting) look();
    });
    this.#child.once('close', () => this.#waiting.forEach((look) => look()));
    const isWaiting =
      options.helpers.length === 0 || this.event(({ event }) => event === 'waiting');
    this.isThere = Promise.all([isWaiting, this.event(({ event }) => event === 'online')]);
  }

  /** Others can reach it: by its helpers, and by HyperDHT unless that has nobody to tell. */
  readonly isThere: Promise<unknown>;

  async event<Found extends LabEvent>(
    isIt: ((event: LabEvent) => event is Found) | ((event: LabEvent) => boolean),
  ): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const look = (): void => {
      const found = this.#events.find(isIt);
      if (found !== undefined) resolve(found as Found);
      else if (this.#child.exitCode !== null) reject(new Error(`${this.name} ended`));
    };
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** By each of these transports, at the same time. */
  async dial(to: string, by: readonly string[]): Promise<Outcomes> {
    this.#tell({ type: 'dial', to, by });
    const dialled = await this.event(
      (event): event is Extract<LabEvent, { event: 'dialled' }> =>
        event.event === 'dialled' && event.to === to,
    );
    this.#events.splice(this.#events.indexOf(dialled), 1);
    return dialled.outcomes;
  }

  async nodes(): Promise<readonly Endpoint[]> {
    this.#tell({ type: 'nodes' });
    const told = await this.event(
      (event): event is Extract<LabEvent, { event: 'nodes' }> => event.event === 'nodes',
    );
    this.#events.splice(this.#events.indexOf(told), 1);
    return told.nodes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #tell(command: LabCommand): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }
}
