/** The server of the API with nothing behind it: each route answers `{}`, and what is asked of it is noted. */
import { openClock } from '@coequal/base/node';
import { ROUTES } from '@coequal/contract';
import type { Service } from '@coequal/contract';
import type { ApiParts } from '../../src/api/api-routes.ts';
import { Access } from '../../src/api/access.ts';
import { CallLimits } from '../../src/api/call-limits.ts';
import { EventHub } from '../../src/api/event-hub.ts';
import type { Handlers } from '../../src/api/handler.ts';
import { openApiServer } from '../../src/api/server.ts';
import type { ApiServer } from '../../src/api/server.ts';
import { AccessRecords } from '../../src/store/access-records.ts';
import { openStore } from '../../src/store/store.ts';

export const OWNER_SECRET = 'o'.repeat(43);

export interface BareServer extends ApiServer {
  readonly answered: readonly string[];
  readonly bugs: readonly unknown[];
}

export interface BareChoices {
  readonly port?: number;
  readonly pageDirectory?: string;
  readonly services?: readonly Service[];
  /** What each route does. */
  readonly onCall?: () => unknown;
}

export interface BareParts extends Disposable {
  readonly parts: ApiParts;
  readonly answered: readonly string[];
  readonly bugs: readonly unknown[];
}

export function openBareParts(choices: BareChoices = {}): BareParts {
  const store = openStore(':memory:');
  const clock = openClock();
  const nothing = (): void => undefined;
  const view = { onSignedIn: nothing, onRefused: nothing, onEnded: nothing };
  const answered: string[] = [];
  const bugs: unknown[] = [];
  const names = Object.keys(ROUTES).filter((name) => name !== 'readEvents');
  const handlers = names.map((name) => [
    name,
    (): unknown => {
      answered.push(name);
      return choices.onCall?.() ?? {};
    },
  ]);
  const parts: ApiParts = {
    access: new Access(OWNER_SECRET, new AccessRecords(store), clock, view),
    limits: new CallLimits(clock),
    hub: new EventHub('run'),
    handlers: Object.fromEntries(handlers) as Handlers,
    clock,
    ready: async () => undefined,
    addInterfaces: () => undefined,
    services: () => choices.services ?? [],
    metrics: () => '',
    onCall: nothing,
    onBug: (error) => void bugs.push(error),
  };
  return { parts, answered, bugs, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

export async function openBareServer(choices: BareChoices = {}): Promise<BareServer> {
  const bare = openBareParts(choices);
  const { port = 0, pageDirectory } = choices;
  const server = await openApiServer({ port, pageDirectory, version: '0' }, bare.parts);
  return {
    ...server,
    answered: bare.answered,
    bugs: bare.bugs,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      bare[Symbol.dispose]();
    },
  };
}
