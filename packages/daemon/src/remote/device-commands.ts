/** `coequal devices`: the devices of one person. */
import { LocalFault, sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import type { Client, Device, DevicePairing, Devices } from '@coequal/contract';
import type { Shell } from '../cli/shell.ts';
import { qrText } from '../remote-page/qr-text.ts';
import { PATH_WORDS } from './contact-commands.ts';
import { IN_NETWORK_ALONE } from './invite-commands.ts';
import { asking, unlock } from './identity-commands.ts';
import type { NewIdentityFlags } from './identity-commands.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

/** Between two looks at a pairing. */
const LOOK_MS = 300;
/** Shorter beginnings of a key may be a name. */
const KEY_START_MIN = 4;

export function listDevices(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    tellDevices(await client.call('listDevices', {}, shell.stop), shell);
  });
}

export function renameDevice(
  device: string,
  name: string,
  options: RemoteOptions,
): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const { key } = await findDevice(device, client, shell);
    await unlock(client, shell, asker);
    const request = { params: { device: key }, body: { name } };
    tellDevices(await client.call('renameDevice', request, shell.stop), shell);
  });
}

export interface RevokeFlags extends RemoteOptions {
  /** Without asking. */
  readonly yes: boolean;
}

export function revokeDevice(device: string, { yes, ...options }: RevokeFlags): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const { key, name } = await findDevice(device, client, shell);
    const question = `Revoke "${name}" for ever? It cannot be added again with the key it has.`;
    if (!yes && !(await asker.isYes(question))) throw new LocalFault('NOT_CONFIRMED');
    await unlock(client, shell, asker);
    tellDevices(await client.call('revokeDevice', { params: { device: key } }, shell.stop), shell);
    shell.print('Contacts stop trusting it as they hear of it.');
  });
}

export function addDevice(options: RemoteOptions): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    await unlock(client, shell, asker);
    const { code, link } = await client.call('startPairing', {}, shell.stop);
    shell.emit({ event: 'pairing', code, link });
    if (link !== undefined && !shell.isJson && process.stdout.isTTY)
      process.stdout.write(`\n${qrText(link)}\n\n`);
    shell.print(`On the new device: "coequal devices join", and type   ${code}`);
    const onLook = tellOnce(({ reach }) => {
      if (reach === undefined) return false;
      shell.emit({ event: 'code', reach });
      if (reach === 'network') shell.print(IN_NETWORK_ALONE);
      return true;
    });
    const { other, confirmCode } = await until(client, shell, ['waiting'], onLook);
    const question = `"${other?.name}" wants to be one of your devices. Does it show ${confirmCode}?`;
    const accept = await asker.isYes(question);
    const done = await client.call('answerPairing', { body: { accept } }, shell.stop);
    if (!accept) throw new LocalFault('NOT_CONFIRMED');
    tellJoined(done, shell);
  });
}

export function joinDevices({ name, ...options }: NewIdentityFlags): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const code = (await asker.secret('The code that your other device shows: ')).trim();
    const body = { code, ...(name !== undefined && { deviceName: name }) };
    await client.call('joinDevices', { body }, shell.stop);
    const { other, confirmCode } = await until(client, shell, ['looking']);
    shell.print(`"${other?.name}" answers. It shows ${confirmCode} too: say yes there.`);
    tellJoined(await until(client, shell, ['looking', 'asking']), shell);
  });
}

/** As it is once it is none of these states. Throws the fault of a pairing that failed. */
async function until(
  client: Client,
  shell: Shell,
  states: readonly DevicePairing['state'][],
  onLook: (pairing: DevicePairing) => void = () => undefined,
): Promise<DevicePairing> {
  for (;;) {
    const pairing = await client.call('showPairing', {}, shell.stop);
    if (pairing.state === 'failed' || pairing.state === 'none')
      throw new LocalFault(pairing.problem?.code ?? 'PAIRING_ENDED', pairing.problem?.details);
    if (!states.includes(pairing.state)) return pairing;
    onLook(pairing);
    await sleep(openClock(), LOOK_MS, shell.stop);
  }
}

/** `tell` until it has said what there is to say. */
function tellOnce(tell: (pairing: DevicePairing) => boolean): (pairing: DevicePairing) => void {
  let isTold = false;
  return (pairing) => {
    isTold ||= tell(pairing);
  };
}

function tellJoined({ state, other, problem }: DevicePairing, shell: Shell): void {
  if (state !== 'joined') throw new LocalFault(problem?.code ?? 'PAIRING_ENDED', problem?.details);
  shell.emit({ event: 'joined', device: other });
  shell.print(`Joined with "${other?.name}".`);
}

function tellDevices({ devices, listNumber, revoked }: Devices, shell: Shell): void {
  shell.emit({ event: 'devices', devices, listNumber, revoked });
  for (const { key, name, isThis, addedAt, path, relayedBy } of devices) {
    const since = new Date(addedAt).toISOString().slice(0, 10);
    const way = relayedBy === undefined ? path && PATH_WORDS[path] : `here, through ${relayedBy}`;
    const told = isThis ? '  (this one)' : way === undefined ? '' : `: ${way}`;
    shell.print(`${key.slice(0, 8)}  ${name}${told}, since ${since}`);
  }
}

/** By its name, or the beginning of its key. Throws LocalFault `NO_SUCH_DEVICE`, `DEVICE_AMBIGUOUS`. */
async function findDevice(text: string, client: Client, shell: Shell): Promise<Device> {
  const { devices } = await client.call('listDevices', {}, shell.stop);
  const named = devices.filter(({ name }) => name === text);
  const isStart = text.length >= KEY_START_MIN;
  const found =
    named.length > 0
      ? named
      : devices.filter(({ key }) => isStart && key.startsWith(text.toLowerCase()));
  const [one, other] = found;
  if (one === undefined) throw new LocalFault('NO_SUCH_DEVICE');
  if (other !== undefined)
    throw new LocalFault('DEVICE_AMBIGUOUS', { device: text, count: found.length });
  return one;
}
