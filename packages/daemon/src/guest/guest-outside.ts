/** Has the router let guests in from the internet while a link is for everyone, and tells how that went. */
import { scopeOf } from '@coequal/base/node';
import type { GuestLink } from '@coequal/contract';
import { LocalFault } from '@coequal/base';
import { watchNetwork } from '../network-watch.ts';
import { explain } from '../peer/explain.ts';
import { PortMapper } from '../port-mapping/port-mapper.ts';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import { mappingWays, pinholeWays } from '../port-mapping/ways.ts';
import { openPortsWithin } from '../reach.ts';

type Outside = NonNullable<GuestLink['outside']>;

interface OutsidePlan {
  readonly port: number;
  readonly bind: string | undefined;
  readonly onOutside: (outside: Outside) => void;
  readonly onBug: (error: unknown) => void;
}

/** Until it is disposed: then the router closes the port again. Over IPv6 its firewall is asked, and nothing told. */
function openOutside({ port, bind, onOutside, onBug }: OutsidePlan): AsyncDisposable {
  const resources = new AsyncDisposableStack();
  const ports = resources.use(openPortsWithin('anywhere', { bind }));
  const { binding } = ports;
  const mayUse = (local: string): boolean => binding === undefined || binding.isThere(local);
  const common = { port, protocols: ['tcp'], asksOutsideHost: true } as const;
  const over4 = new PortMapper(
    {
      ...common,
      ways: mappingWays(mayUse, ports),
      takesAll: false,
      onStatus: (status) => onOutside(outsideOf(status)),
    },
    ports,
    onBug,
  );
  const over6 = new PortMapper(
    { ...common, ways: pinholeWays(mayUse, ports), takesAll: true, onStatus: () => undefined },
    ports,
    onBug,
  );
  resources.use(over4);
  resources.use(over6);
  resources.use(
    watchNetwork(binding, ports.clock, () => {
      over4.networkChanged();
      over6.networkChanged();
    }),
  );
  return resources;
}

interface OutsideOptions {
  readonly port: number;
  readonly onChange: () => void;
  readonly onProblem: (error: unknown) => void;
}

/** Of one listener: asks while that is wanted. */
export class GuestOutside implements AsyncDisposable {
  readonly #options: OutsideOptions;
  #mapping: AsyncDisposable | undefined;
  #seen: Outside | undefined;

  constructor(options: OutsideOptions) {
    this.#options = options;
  }

  /** Undefined while no router is asked. */
  get seen(): Outside | undefined {
    return this.#seen;
  }

  /** The same, where it will be asked in a moment if that is wanted. */
  seenIf(isWanted: boolean): Outside | undefined {
    return this.#seen ?? (isWanted ? { state: 'asking' } : undefined);
  }

  async follow(isWanted: boolean, bind: string | null): Promise<void> {
    if (isWanted === (this.#mapping !== undefined)) return;
    if (isWanted) this.#open(bind ?? undefined);
    else await this[Symbol.asyncDispose]();
    this.#options.onChange();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const mapping = this.#mapping;
    this.#mapping = undefined;
    this.#seen = undefined;
    await mapping?.[Symbol.asyncDispose]();
  }

  #open(bind: string | undefined): void {
    const { port, onChange, onProblem: onBug } = this.#options;
    this.#seen = { state: 'asking' };
    this.#mapping = openOutside({
      port,
      bind,
      onOutside: (seen) => {
        if (this.#mapping === undefined) return;
        this.#seen = seen;
        onChange();
      },
      onBug,
    });
  }
}

function outsideOf(status: MappingStatus): Outside {
  if (status.type === 'failed') {
    const { reason, router = '' } = status;
    return closed({ reason, router });
  }
  const { router, outsideHost: host, mappings } = status;
  // another router is before that one, of the house or of the provider, and it lets nobody in
  if (host !== undefined && scopeOf(host) !== 'everyone')
    return closed({ reason: 'behind', router, host });
  const [mapping] = mappings;
  return {
    state: 'open',
    ...(host !== undefined && { host }),
    ...(mapping !== undefined && { port: mapping.externalPort }),
  };
}

function closed(details: Readonly<Record<string, string>>): Outside {
  return { state: 'closed', problem: explain(new LocalFault('GUEST_NOT_REACHABLE', details)) };
}
