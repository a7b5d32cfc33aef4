/** Reaches the peer that runs in a data directory, for the commands that are its thin clients. */
import { LocalFault } from '@coequal/base';
import { Client } from '@coequal/contract';
import { homeDirectory } from '../home.ts';
import { readOwner } from '../peer/home-lock.ts';
import { readOwnerSecret } from '../peer/owner-secret.ts';
import { isAlive } from '../process-lock.ts';

/** Throws LocalFault `NO_RUNNING_PEER` or `SECRET_UNREADABLE`. */
export function openRunningClient(home: string = homeDirectory()): Client {
  const owner = readOwner(home);
  if (owner?.url === undefined || !isAlive(owner))
    throw new LocalFault('NO_RUNNING_PEER', { home });
  return new Client({ base: owner.url, secret: readOwnerSecret(home) });
}
