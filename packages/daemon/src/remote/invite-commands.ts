/** `coequal invite` and `coequal accept`: becoming contacts, as thin clients of the running peer. */
import { LocalFault, sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import type { Acceptance, Client, CreateInvitation, Invitation } from '@coequal/contract';
import { formatTime } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { qrText } from '../remote-page/qr-text.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';
import { ID_START_MIN } from './pick-by-id.ts';

/** Between two looks. */
const LOOK_MS = 300;
const HOUR_SECONDS = 3_600;
/** Thirty seconds: of a directory that is out of reach that is known after some twenty. */
const REACH_LOOKS_MAX = 100;
/** Of a code that the directory of the internet does not have. */
export const IN_NETWORK_ALONE = 'It is good in this network alone: from elsewhere nobody finds it.';

export interface InviteFlags extends RemoteOptions {
  readonly uses?: number;
  readonly hours?: number;
  readonly note?: string;
  readonly code: boolean;
}

export function invite(flags: InviteFlags): Promise<number> {
  return inPeer(flags, async (client, shell) => {
    const { uses, hours, note, code } = flags;
    const body: CreateInvitation = {
      ...(uses !== undefined && { uses }),
      ...(hours !== undefined && { validSeconds: hours * HOUR_SECONDS }),
      ...(note !== undefined && { note }),
      ...(code && { spoken: true }),
    };
    const made = await client.call('createInvitation', { body }, shell.stop);
    shell.emit({ event: 'invitation', ...made });
    tellInvitation(made, shell);
    if (code) await tellReach(made, client, shell);
  });
}

/** Says where the words are good, once that is known and is not everywhere; nothing if it takes long. */
async function tellReach({ id }: Invitation, client: Client, shell: Shell): Promise<void> {
  for (let look = 0; look < REACH_LOOKS_MAX; look += 1) {
    const { invitations } = await client.call('listInvitations', {}, shell.stop);
    const code = invitations.find((each) => each.id === id)?.code;
    const isSettled =
      code?.reach !== undefined || (code?.state !== 'announcing' && code?.state !== 'open');
    if (isSettled) {
      shell.emit({
        event: 'code',
        state: code?.state,
        reach: code?.reach,
        problem: code?.problem?.code,
      });
      if (code?.reach === 'network') shell.print(IN_NETWORK_ALONE);
      if (code?.problem !== undefined) shell.print(`The words are not good: ${code.problem.text}`);
      return;
    }
    await sleep(openClock(), LOOK_MS, shell.stop);
  }
}

function tellInvitation({ link, qr, code, validUntil, usesMax }: Invitation, shell: Shell): void {
  if (qr !== undefined && !shell.isJson && process.stdout.isTTY)
    process.stdout.write(`\n${qrText(qr)}\n\n`);
  if (link !== undefined) shell.print(link);
  const who = usesMax === 1 ? 'one person' : `up to ${usesMax} people`;
  shell.print(`Send it to ${who}: whoever opens it becomes a contact.`);
  shell.print(`It is good until ${formatTime(validUntil)}; keep the peer running.`);
  if (code !== undefined) shell.print(`Or say, within ten minutes:   ${code.text}`);
}

export function listInvitations(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { invitations } = await client.call('listInvitations', {}, shell.stop);
    for (const invitation of invitations) {
      shell.emit({ event: 'invitation', ...invitation });
      const { id, state, note, usedBy, usesMax } = invitation;
      const names = usedBy.map(({ name }) => name).join(', ');
      const used = `${usedBy.length} of ${usesMax}${names === '' ? '' : `: ${names}`}`;
      shell.print(`${id}  ${state}, ${used}${note === '' ? '' : ` (${note})`}`);
      if (usedBy.length > usesMax)
        shell.print('  More came than it was for, by two devices of yours: do you know them all?');
    }
    if (invitations.length === 0) shell.print('No invitations yet: "coequal invite" makes one.');
  });
}

export function revokeInvitation(id: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { invitations } = await client.call('listInvitations', {}, shell.stop);
    const named =
      id.length < ID_START_MIN
        ? []
        : invitations.filter((each) => each.id.startsWith(id.toLowerCase()));
    const [found] = named;
    // one of several would be a guess, and cannot be undone
    if (found === undefined || named.length > 1) throw new LocalFault('NO_SUCH_INVITATION', { id });
    const request = { params: { id: found.id } };
    shell.emit({
      event: 'revoked',
      ...(await client.call('revokeInvitation', request, shell.stop)),
    });
    shell.print('Nobody can come by it any more. Contacts that came stay.');
  });
}

/** Ends when both sides have each other, or with why not. */
export function accept(text: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    if (text.trim() === '') throw new LocalFault('BAD_INVITATION');
    const { id } = await client.call('acceptInvitation', { body: { text } }, shell.stop);
    const done = await followAcceptance(id, client, shell);
    shell.emit({ event: 'contact', person: done.person, name: done.name, gift: done.gift });
    shell.print(`You and ${done.name ?? 'they'} are contacts now.`);
    if (done.gift !== undefined) shell.print(`A gift is on its way: ${done.gift.name}`);
  });
}

/** Throws LocalFault with the code of what went wrong. */
async function followAcceptance(id: string, client: Client, shell: Shell): Promise<Acceptance> {
  let told = '';
  for (;;) {
    const { acceptances } = await client.call('listAcceptances', {}, shell.stop);
    const found = acceptances.find((each) => each.id === id);
    if (found === undefined) throw new LocalFault('NO_SUCH_INVITATION', { id });
    const { state, name, problem } = found;
    if (state === 'done') return found;
    if (state === 'failed')
      throw new LocalFault(problem?.code ?? 'INVITATION_REFUSED', problem?.details ?? {});
    const words = problem?.text ?? `Looking for ${name ?? 'who says the code'} …`;
    if (words !== told) shell.print(words);
    told = words;
    shell.emit({ event: 'looking', state, problem: problem?.code });
    await sleep(openClock(), LOOK_MS, shell.stop);
  }
}
