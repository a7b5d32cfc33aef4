/** `coequal contacts`: the people one is in touch with, as thin clients of the running peer. */
import { LocalFault } from '@coequal/base';
import type { ChangeContact, Contact } from '@coequal/contract';
import { formatTime } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { findContact } from './find-contact.ts';
import { qrText } from '../remote-page/qr-text.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

/** How a device is reached. */
export const PATH_WORDS: Readonly<Record<Contact['path'], string>> = {
  lan: 'here, in the same network',
  direct: 'here, directly',
  relayed: "here, through a contact's computer",
  none: 'not here now',
};

export function listContacts(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { contacts } = await client.call('listContacts', {}, shell.stop);
    for (const contact of contacts) {
      shell.emit({ event: 'contact', ...contact });
      shell.print(lineOf(contact));
    }
    if (contacts.length === 0)
      shell.print('No contacts yet: "coequal invite" makes a link to send to somebody.');
  });
}

export function showContact(text: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    tellContact(await findContact(text, client, shell), shell);
  });
}

export function changeContact(
  text: string,
  change: ChangeContact,
  options: RemoteOptions,
): Promise<number> {
  return inPeer(options, async (client, shell) => {
    if (change.name === '') throw new LocalFault('BAD_NAME');
    const { person } = await findContact(text, client, shell);
    const request = { params: { person }, body: change };
    tellContact(await client.call('changeContact', request, shell.stop), shell);
  });
}

export function removeContact(text: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { person, name } = await findContact(text, client, shell);
    await client.call('removeContact', { params: { person } }, shell.stop);
    shell.emit({ event: 'removed', person, name });
    shell.print(`${name} is no contact any more. They are told when they next come.`);
  });
}

export function showAddress(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { text } = await client.call('showAddressCard', {}, shell.stop);
    shell.emit({ event: 'address-card', ...(text !== undefined && { text }) });
    if (text === undefined)
      return shell.print(
        'This computer has no address now that a contact could be told: connect it to a network.',
      );
    if (!shell.isJson && process.stdout.isTTY) process.stdout.write(`\n${qrText(text)}\n\n`);
    shell.print(text);
    shell.print('On the computer of a contact in your network: coequal contacts at "THAT LINE"');
  });
}

export function lookAt(text: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const contact = await client.call('useAddressCard', { body: { text } }, shell.stop);
    shell.emit({ event: 'contact', ...contact });
    shell.print(
      `${contact.name} is looked for there: "coequal contacts list" shows whether it worked.`,
    );
  });
}

export function nameOneself(name: string | undefined, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    if (name === '') throw new LocalFault('BAD_NAME');
    const profile =
      name === undefined
        ? await client.call('showProfile', {}, shell.stop)
        : await client.call('changeProfile', { body: { name } }, shell.stop);
    shell.emit({ event: 'profile', ...profile });
    shell.print(`Contacts know you as ${profile.name}.`);
  });
}

function lineOf({ name, person, trust, verifiedAt, path, isGone }: Contact): string {
  const state = isGone ? 'they removed you' : trust === 'blocked' ? 'blocked' : PATH_WORDS[path];
  const sure = verifiedAt === undefined ? '' : ', compared';
  return `${person.slice(0, 8)}  ${name} (${trust}${sure}): ${state}`;
}

function tellContact(contact: Contact, shell: Shell): void {
  shell.emit({ event: 'contact', ...contact });
  shell.print(lineOf(contact));
  const { name, ownName, note, devices, lastSeen, problem } = contact;
  if (name !== ownName) shell.print(`  calls themselves ${ownName}`);
  if (note !== '') shell.print(`  note: ${note}`);
  if (lastSeen !== undefined) shell.print(`  last here: ${formatTime(lastSeen)}`);
  for (const device of devices)
    shell.print(`  ${device.key.slice(0, 8)}  ${device.name}: ${PATH_WORDS[device.path]}`);
  if (problem !== undefined) shell.print(`  ${problem.text}`);
}
