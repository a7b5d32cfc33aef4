/** What of this peer others can reach, and whom it contacts by itself. */
import type { ReachReport, Settings } from '@coequal/contract';
import { defaultContacts } from '../cli/flags.ts';
import type { MeshStats } from '@coequal/mesh';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import type { Reach } from '../reach.ts';
import type { RemotePage } from '../remote-page/remote-page.ts';

/** What the report looks at. */
export interface ReachView {
  readonly url: string;
  readonly options: { readonly reach: Reach };
  readonly settings: { readonly values: Settings };
  /** Of other devices. */
  readonly remotePage: Pick<RemotePage, 'openAt'>;
  readonly port: number | undefined;
  readonly mapping: MappingStatus | undefined;
  readonly transfers: { trackers(): readonly string[] };
  /** While it is in touch with people. */
  readonly people: { readonly stats: MeshStats | undefined };
}

const FROM = { anywhere: 'anyone', private: 'local-network', loopback: 'this-computer' } as const;
/** RFC 6762. */
const MDNS_GROUP = '224.0.0.251';
const MDNS_PORT = 5_353;

type Listening = ReachReport['listening'][number];
type Contact = ReachReport['contacts'][number];

export function reportReach(view: ReachView): ReachReport {
  return {
    listening: listeningOf(view),
    mappings: mappingsOf(view.mapping),
    contacts: contactsOf(view),
  };
}

function listeningOf(view: ReachView): Listening[] {
  const { url, options, settings, port, mapping } = view;
  const page = new URL(url);
  const reachable = FROM[options.reach];
  const outside = mapping?.type === 'mapped' || reachable !== 'anyone' ? reachable : 'anyone';
  const { transport, bind, usesLsd } = settings.values;
  const address = bind ?? (options.reach === 'loopback' ? '127.0.0.1' : '*');
  return [
    { what: 'page', address: page.hostname, port: Number(page.port), from: 'this-computer' },
    ...remotePageOf(view),
    ...(port !== undefined && transport !== 'utp'
      ? [{ what: 'peers-tcp' as const, address, port, from: outside }]
      : []),
    ...(port !== undefined ? [{ what: 'peers-udp' as const, address, port, from: outside }] : []),
    ...peopleOf(view),
    ...(port !== undefined && usesLsd && options.reach !== 'loopback'
      ? [{ what: 'lsd' as const, address, port: 6771, from: 'local-network' as const }]
      : []),
  ];
}

/** Where contacts come in. Guests and strangers are told nothing there. */
function peopleOf({ people, options, settings }: ReachView): Listening[] {
  const { stats } = people;
  if (stats === undefined) return [];
  const from = FROM[options.reach];
  const { findsPeopleNearby } = settings.values;
  const tcp = stats.tcp.map(({ host, port }): Listening => ({
    what: 'people-tcp',
    address: host === '::' ? '*' : host,
    port,
    from,
  }));
  const udp = stats.dht?.local;
  return [
    ...tcp,
    ...(udp === undefined
      ? []
      : [{ what: 'people-udp' as const, address: udp.host, port: udp.port, from }]),
    ...(findsPeopleNearby && options.reach !== 'loopback'
      ? [
          {
            what: 'people-lan' as const,
            address: '*',
            port: MDNS_PORT,
            from: 'local-network' as const,
          },
        ]
      : []),
  ];
}

function remotePageOf({ remotePage, options, settings }: ReachView): Listening[] {
  const { openAt } = remotePage;
  if (openAt === undefined) return [];
  const isNear = options.reach !== 'anywhere' || openAt.scheme === 'http';
  const address = settings.values.pageAddress ?? '*';
  const from = isNear ? 'local-network' : 'anyone';
  return [{ what: 'remote-page', address, port: openAt.port, from }];
}

function mappingsOf(mapping: MappingStatus | undefined): ReachReport['mappings'] {
  if (mapping?.type !== 'mapped') return [];
  return mapping.mappings.map(({ protocol, port, externalPort }) => ({
    protocol,
    port,
    externalPort,
  }));
}

function contactsOf(view: ReachView): Contact[] {
  const { options, settings, transfers } = view;
  const { usesDht, usesLsd, usesTrackers, mapsPorts, dhtBootstrap } = settings.values;
  const nodes =
    dhtBootstrap ?? defaultContacts(options.reach).map(({ host, port }) => `${host}:${port}`);
  const isFar = options.reach === 'anywhere';
  return [
    ...nodes.map((address): Contact => ({
      what: 'dht-bootstrap',
      address,
      isOn: usesDht,
      setting: 'usesDht',
    })),
    ...transfers.trackers().map((address): Contact => ({
      what: 'tracker',
      address,
      isOn: usesTrackers,
      setting: 'usesTrackers',
    })),
    {
      what: 'lsd',
      address: '239.192.152.143:6771',
      isOn: usesLsd && options.reach !== 'loopback',
      setting: 'usesLsd',
    },
    { what: 'router', address: '', isOn: mapsPorts && isFar, setting: 'mapsPorts' },
    ...peopleContactsOf(view),
  ];
}

function peopleContactsOf({ people, options, settings }: ReachView): Contact[] {
  if (people.stats === undefined) return [];
  const { usesPeopleDht, findsPeopleNearby } = settings.values;
  const nodes = people.stats.dht?.bootstrap ?? [];
  return [
    ...nodes.map(({ host, port }): Contact => ({
      what: 'people-bootstrap',
      address: `${host}:${port}`,
      isOn: usesPeopleDht,
      setting: 'usesPeopleDht',
    })),
    {
      what: 'people-lan',
      address: `${MDNS_GROUP}:${MDNS_PORT}`,
      isOn: findsPeopleNearby && options.reach !== 'loopback',
      setting: 'findsPeopleNearby',
    },
  ];
}
