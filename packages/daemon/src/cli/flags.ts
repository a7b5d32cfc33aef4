/** Flags that several commands share, and how their values are checked and collected. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Transport } from '@coequal/bittorrent';
import type { Reach } from '../reach.ts';
import { DHT_CONTACTS } from './dht-contacts.ts';
import type { NetworkOptions } from './transfer.ts';
import {
  BadValue,
  parseBind,
  parseEncryption,
  parseHostPort,
  parsePort,
  parseRate,
  parseTransport,
} from './values.ts';
import type { HostPort } from './values.ts';

/** As commander gives them. */
export interface ReachFlags {
  readonly offline?: true;
  readonly lanOnly?: true;
}

export interface NetworkFlags extends ReachFlags {
  readonly listen: number;
  readonly peer: readonly HostPort[];
  readonly trackers: boolean;
  readonly discovery: boolean;
  readonly portMapping: boolean;
  readonly dhtBootstrap: readonly HostPort[];
  readonly transport: Transport;
  readonly bind?: string;
  readonly upLimit?: number;
  readonly downLimit?: number;
}

/** For commander: what `parse` throws becomes an error that names the flag and its value. */
export function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof BadValue) throw new InvalidArgumentError(`${error.message}.`);
      throw error;
    }
  };
}

/** For a flag that may be given several times. */
export function collected<T>(
  parse: (text: string) => T,
): (text: string, before: readonly T[]) => readonly T[] {
  const parseChecked = checked(parse);
  return (text, before) => [...before, parseChecked(text)];
}

/** Every command has these: tests, and people who want to be sure, rely on them. */
export function addCommonFlags(command: Command): Command {
  return command
    .option('--offline', 'use nothing beyond this computer: loopback addresses only')
    .option('--lan-only', 'use nothing beyond private networks')
    .option('--json', 'print one JSON object a line on stdout', false);
}

export function addPeerFlags(command: Command): Command {
  const none: readonly HostPort[] = [];
  return addCommonFlags(command)
    .option('--listen <PORT>', 'port for peers; any free one if not given', checked(parsePort), 0)
    .option(
      '--peer <HOST:PORT>',
      'a peer to connect to (repeatable)',
      collected(parseHostPort),
      none,
    )
    .option('--no-trackers', 'ask no tracker for peers')
    .option(
      '--no-discovery',
      'find peers by trackers and --peer only: not in the DHT, by other peers (PEX) or in the local network (LSD)',
    )
    .option(
      '--dht-bootstrap <HOST:PORT>',
      `a node of the DHT to begin with, instead of ${DHT_CONTACTS.map(({ host }) => host).join(', ')} (repeatable)`,
      collected(parseHostPort),
      none,
    )
    .option('--no-port-mapping', 'do not ask the router to let peers in (PCP, NAT-PMP, UPnP)')
    .option(
      '--bind <ADDRESS>',
      'send from this address, or from this interface, and not at all when it is gone; several with commas between; names are looked up by the system',
      checked(parseBind),
    )
    .option(
      '--transport <KIND>',
      'tcp, utp, or both (default): TCP first, and uTP where that does not connect',
      checked(parseTransport),
      'both',
    )
    .option(
      '--encryption <KIND>',
      'off, or prefer (default); required comes later',
      checked(parseEncryption),
      'prefer',
    )
    .option(
      '--up-limit <RATE>',
      'bytes per second to send at most, such as 500k or 20M',
      checked(parseRate),
    );
}

export function reachOf({ offline, lanOnly }: ReachFlags): Reach {
  if (offline === true) return 'loopback'; // the narrower one, when both are given
  return lanOnly === true ? 'private' : 'anywhere';
}

/** Beyond private networks nobody is asked who is not named. */
export function defaultContacts(reach: Reach): readonly HostPort[] {
  return reach === 'anywhere' ? DHT_CONTACTS : [];
}

export function networkOf(flags: NetworkFlags): NetworkOptions {
  const { listen, peer, trackers, discovery, dhtBootstrap, transport, portMapping } = flags;
  const { upLimit, downLimit, bind } = flags;
  const reach = reachOf(flags);
  const contacts = dhtBootstrap.length > 0 ? dhtBootstrap : defaultContacts(reach);
  return {
    listen,
    peer,
    trackers,
    discovery: discovery && { dhtBootstrap: contacts, isPrivateNetwork: reach !== 'anywhere' },
    transport,
    portMapping,
    reach,
    ...(bind !== undefined && { bind }),
    ...(upLimit !== undefined && { upLimit }),
    ...(downLimit !== undefined && { downLimit }),
  };
}
