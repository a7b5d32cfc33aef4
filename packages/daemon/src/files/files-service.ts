/** The service that carries files: an engine as the settings say, in which the transfers run. */
import { LocalFault, sleep } from '@coequal/base';
import type { Hasher, Http } from '@coequal/base';
import { Engine } from '@coequal/bittorrent';
import type { DiscoveryOptions } from '@coequal/bittorrent';
import type { SettingKey, Settings } from '@coequal/contract';
import { defaultContacts } from '../cli/flags.ts';
import { parseHostPort } from '../cli/values.ts';
import type { EngineMapping } from '../port-mapping/engine-mapping.ts';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import { watchNetwork } from '../network-watch.ts';
import { lockNeeds } from '../process-lock.ts';
import { listenAddresses, openPortsWithin } from '../reach.ts';
import type { PortsWithin, Reach } from '../reach.ts';
import type { ServiceSpec } from '../peer/supervisor.ts';
import type { PeerRates } from './peer-rates.ts';
import type { TransferRunner } from './transfer-runner.ts';

const TICK_MS = 1_000;

/** A change of these needs another engine. */
const ENGINE_SETTINGS: ReadonlySet<SettingKey> = new Set([
  'listenPort',
  'transport',
  'usesDht',
  'usesPex',
  'usesLsd',
  'usesTrackers',
  'mapsPorts',
  'dhtBootstrap',
  'bind',
]);

export interface FilesPlan {
  readonly reach: Reach;
  readonly resumeDirectory: string;
  /** One pool of threads for the whole peer. */
  readonly hasher: Hasher;
  readonly rates: PeerRates;
  /** The same, with who listens to its answers. */
  http(http: Http): Http;
  settings(): Settings;
  /** The port of the last run: peers and routers know it. */
  lastPort(): number | undefined;
  onPort(port: number): void;
  onMapping(status: MappingStatus): void;
  onTick(): void;
}

export function needsRestart(changed: ReadonlySet<SettingKey>): boolean {
  return [...changed].some((key) => ENGINE_SETTINGS.has(key));
}

export class FilesService implements ServiceSpec {
  readonly name = 'files';
  readonly #plan: FilesPlan;
  readonly #runner: TransferRunner;
  #engine: Engine | undefined;

  constructor(plan: FilesPlan, runner: TransferRunner) {
    this.#plan = plan;
    this.#runner = runner;
  }

  /** Undefined while it does not run. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    const settings = this.#plan.settings();
    const { bind } = settings;
    const { reach, hasher } = this.#plan;
    await using ports = openPortsWithin(reach, { bind: bind ?? undefined, hasher });
    const heard = { ...ports, http: this.#plan.http(ports.http) };
    await using engine = await this.#openEngine(settings, heard, signal);
    await using mapping = await this.#mapPort(settings, engine, ports);
    using _watch = watchNetwork(ports.binding, ports.clock, () => {
      engine.networkChanged();
      mapping?.networkChanged();
    });
    if (engine.port !== undefined) this.#plan.onPort(engine.port);
    this.#engine = engine;
    this.#runner.attach(engine, () => this.#openQuietEngine(settings, ports));
    try {
      onRunning();
      for (;;) {
        await sleep(ports.clock, TICK_MS, signal);
        this.#runner.tick();
        this.#plan.rates.look();
        this.#plan.onTick();
      }
    } finally {
      this.#engine = undefined;
      await this.#runner.detach();
    }
  }

  async #openEngine(settings: Settings, ports: PortsWithin, signal: AbortSignal): Promise<Engine> {
    const { reach, resumeDirectory, rates } = this.#plan;
    const addresses = listenAddresses(reach, ports.binding);
    const options = {
      downloadDirectory: settings.downloadDirectory,
      resumeDirectory,
      lock: lockNeeds(),
      discovery: discoveryOf(settings, reach),
      transport: settings.transport,
      rates: rates.shared,
      signal,
      ...(addresses !== undefined && { addresses }),
    };
    const lastPort = settings.listenPort === 0 ? this.#plan.lastPort() : undefined;
    if (lastPort === undefined)
      return await Engine.open({ ...options, port: settings.listenPort }, ports);
    try {
      return await Engine.open({ ...options, port: lastPort }, ports);
    } catch (error) {
      if (!(error instanceof LocalFault) || error.code !== 'ADDRESS_IN_USE') throw error;
      return await Engine.open({ ...options, port: 0 }, ports); // somebody else has it now
    }
  }

  /** For content that is only hashed: it has no port, looks for nobody, and is found by nobody. */
  async #openQuietEngine(settings: Settings, ports: PortsWithin): Promise<Engine> {
    const { downloadDirectory } = settings;
    const { resumeDirectory } = this.#plan;
    const alone = { port: false, discovery: false, lock: lockNeeds() } as const;
    return await Engine.open({ downloadDirectory, resumeDirectory, ...alone }, ports);
  }

  /** A router is asked to let in the internet: nobody within a narrower reach wants that. */
  async #mapPort(
    { mapsPorts, transport }: Settings,
    engine: Engine,
    ports: PortsWithin,
  ): Promise<EngineMapping | undefined> {
    const { port } = engine;
    if (!mapsPorts || this.#plan.reach !== 'anywhere' || port === undefined) return undefined;
    const { openEngineMapping } = await import('../port-mapping/engine-mapping.ts');
    return openEngineMapping(engine, { port, transport }, ports, (family, status) => {
      if (family === 4) this.#plan.onMapping(status);
    });
  }
}

function discoveryOf(settings: Settings, reach: Reach): DiscoveryOptions {
  const { usesDht, usesPex, usesLsd, dhtBootstrap } = settings;
  const named = dhtBootstrap?.map(parseHostPort);
  return {
    usesDht,
    usesPex,
    usesLsd,
    dhtBootstrap: named ?? defaultContacts(reach),
    isPrivateNetwork: reach !== 'anywhere',
  };
}
