/** Whom a transfer contacts, told before it does. */
import { LSD_GROUPS, parseMagnet } from '@coequal/bittorrent';
import type { Torrent } from '@coequal/bittorrent';
import type { Reach } from '../reach.ts';
import { plain } from './format.ts';
import type { HostPort } from './values.ts';

/** Names told in a line; `--json` has all. */
const NAMES_SHOWN = 5;

/** As flags and defaults have it. */
interface ContactOptions {
  readonly trackers: boolean;
  readonly discovery: false | { readonly dhtBootstrap?: readonly HostPort[] };
  readonly portMapping: boolean;
  readonly reach: Reach;
}

export interface Contacts {
  /** Addresses of the torrent's trackers, of a kind that is supported. */
  readonly trackers: readonly string[];
  /** Nodes of the DHT to begin with; those that they name follow. */
  readonly dhtBootstrap: readonly string[];
  /** Multicast groups of the local networks. */
  readonly localNetwork: readonly string[];
  /** The router is asked to let peers in, if there is one that this computer is behind. */
  readonly router: boolean;
  /** The DHT and the local network are not asked for peers of it (BEP 27). */
  readonly isPrivate: boolean;
}

/** `source` is what was given, as `Engine.add` takes it. */
export function contactsOf(
  torrent: Pick<Torrent, 'metainfo'>,
  source: string | Uint8Array,
  { trackers, discovery, portMapping, reach }: ContactOptions,
): Contacts {
  const { metainfo } = torrent;
  const isMagnet = metainfo === undefined && typeof source === 'string';
  const named = metainfo?.trackers.flat() ?? (isMagnet ? parseMagnet(source).trackers : []);
  const isPrivate = metainfo?.isPrivate === true;
  const usesGroups = discovery !== false && !isPrivate && reach !== 'loopback';
  const bootstrap = discovery === false || isPrivate ? [] : (discovery.dhtBootstrap ?? []);
  return {
    trackers: trackers ? named.filter((url) => /^(https?|udp):/i.test(url)) : [],
    dhtBootstrap: bootstrap.map(formatHostPort),
    localNetwork: usesGroups ? LSD_GROUPS.map(formatHostPort) : [],
    router: portMapping && reach === 'anywhere',
    isPrivate,
  };
}

/** One line; what is off is left out. */
export function contactsText(contacts: Contacts, reach: Reach): string {
  const { trackers, dhtBootstrap, localNetwork, router } = contacts;
  const parts = [
    ...(trackers.length === 0 ? [] : [trackersText(trackers)]),
    ...(dhtBootstrap.length === 0 ? [] : [`the DHT by ${listText(dhtBootstrap)}`]),
    ...(localNetwork.length === 0 ? [] : [`the local networks at ${listText(localNetwork)}`]),
    ...(router ? ['the router, to let peers in'] : []),
  ];
  const within = {
    anywhere: '',
    private: ' within private networks',
    loopback: ' on this computer',
  };
  const peers = 'peers that come, and that you or they name';
  return plain(
    `Contacts${within[reach]}: ${[...parts, peers].join('; ')}. --help says how to change that.`,
  );
}

/** By name: what follows it in the address may be a secret between the tracker and its user. */
function trackersText(urls: readonly string[]): string {
  const hosts = urls.map((url) => URL.parse(url)?.host ?? url);
  return `the tracker${urls.length === 1 ? '' : 's'} ${listText(hosts)}`;
}

function listText(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
