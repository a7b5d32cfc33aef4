/** Runs a command that asks the running peer, and says in words what it refuses. */
import { LocalFault } from '@coequal/base';
import { RequestRefused } from '@coequal/contract';
import type { Client } from '@coequal/contract';
import { EXIT } from '../cli/exit-codes.ts';
import { inShell } from '../cli/shell.ts';
import type { Shell } from '../cli/shell.ts';
import { homeDirectory } from '../home.ts';
import { openRunningClient } from './running-client.ts';

export interface RemoteOptions {
  readonly json: boolean;
  /** The data directory of the peer, when it is not the usual one. */
  readonly home?: string;
}

/** Resolves to the exit code. */
export async function inPeer(
  { json, home = homeDirectory() }: RemoteOptions,
  ask: (client: Client, shell: Shell) => Promise<void>,
): Promise<number> {
  return await inShell({ isJson: json }, async (shell) => {
    try {
      await ask(openRunningClient(home), shell);
      return EXIT.done;
    } catch (error) {
      throw asFault(error, home);
    }
  });
}

function asFault(error: unknown, home: string): unknown {
  if (error instanceof RequestRefused)
    return new LocalFault(error.code, error.explanation.details, { cause: error });
  // what `fetch` throws when nobody listens, or the answer breaks off: it stopped a moment ago
  if (error instanceof TypeError && error.cause instanceof Error && 'code' in error.cause)
    return new LocalFault('NO_RUNNING_PEER', { home }, { cause: error });
  return error;
}
