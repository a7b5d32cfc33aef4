/** What an engine is doing, in numbers, and how it is connected to the world. */
import type { Millis } from '@coequal/base';
import type { Answers } from '../core/answer-counts.ts';
import type { Reached } from '../core/swarm/own-reach.ts';
import type { Torrent } from '../torrent.ts';
import type { EngineContext } from './engine-context.ts';
import type { Transport } from './utp/dial-race.ts';

export interface EngineStats {
  readonly torrents: number;
  /** Bytes of payload per second. */
  readonly downRate: number;
  readonly upRate: number;
  /** Bytes of payload since the engine was opened, of torrents that are gone as well. */
  readonly downloaded: number;
  readonly uploaded: number;
  readonly wasted: number;
  /** Those to peers, dials included, and how many there may be. */
  readonly connections: number;
  readonly connectionsMax: number;
  /** Where peers can dial us; undefined when nothing listens. */
  readonly port: number | undefined;
  readonly transport: Transport;
  /** From where peers have dialled us so far: only who was reached from the internet can be. */
  readonly reachedFrom: Reached;
  /** Undefined where it is not used. */
  readonly dht: { readonly status: DhtStatus; readonly nodes: number } | undefined;
  /** What was asked of others since the engine was opened. */
  readonly answers: {
    readonly dials: Answers;
    readonly dhtQueries: Answers;
  };
  /** Files and sockets that it may have open at a time. */
  readonly handlesMax: number;
  /** Bytes of pieces under way, of what was read for peers, and the most of each. */
  readonly memory: {
    readonly pieces: number;
    readonly piecesMax: number;
    readonly read: number;
    readonly readMax: number;
  };
}

type DhtStats = NonNullable<EngineContext['dht']>['stats'];
type DhtStatus = DhtStats['status'];
type DhtCounters = Partial<Pick<DhtStats['counters'], 'answersIn' | 'timeouts'>>;

/** Payload of torrents. */
export interface Payload {
  readonly downloaded: number;
  readonly uploaded: number;
  readonly wasted: number;
}

export interface EngineView {
  readonly context: EngineContext;
  readonly torrents: readonly Torrent[];
  /** Of torrents that are gone. */
  readonly past: Payload;
}

export function reportEngine(view: EngineView, now: Millis): EngineStats {
  const { context, torrents } = view;
  const { connections } = context.limits;
  const { slots, cache, files } = context.storage;
  const links = torrents.flatMap(({ swarm }) => [...swarm.links()]);
  const dht = context.dht?.stats;
  return {
    torrents: torrents.length,
    downRate: links.reduce((sum, link) => sum + link.downMeter.recentRate(now), 0),
    upRate: links.reduce((sum, link) => sum + link.upMeter.recentRate(now), 0),
    ...torrents.map(payloadOf).reduce(addPayload, view.past),
    connections: connections.used,
    connectionsMax: connections.max,
    port: context.reach.listenPort,
    transport: context.transport,
    reachedFrom: context.reach.reachedFrom,
    dht: dht && {
      status: dht.status,
      nodes: dht.nodes.reduce((sum, { known }) => sum + known, 0),
    },
    answers: {
      dials: { ended: context.dials.ended, timedOut: context.dials.timedOut },
      dhtQueries: dhtAnswers(dht),
    },
    handlesMax: connections.max + files.max,
    memory: {
      pieces: (slots.slotCount - slots.freeCount) * slots.slotLength,
      piecesMax: slots.slotCount * slots.slotLength,
      read: cache.length,
      readMax: cache.lengthMax,
    },
  };
}

function dhtAnswers(dht: { readonly counters: DhtCounters } | undefined): Answers {
  const { answersIn = 0, timeouts = 0 } = dht?.counters ?? {};
  return { ended: answersIn + timeouts, timedOut: timeouts };
}

export function payloadOf({ swarm }: Torrent): Payload {
  return {
    downloaded: swarm.download?.downloaded ?? 0,
    uploaded: swarm.upload?.uploaded ?? 0,
    wasted: swarm.download?.wasted ?? 0,
  };
}

export function addPayload(a: Payload, b: Payload): Payload {
  return {
    downloaded: a.downloaded + b.downloaded,
    uploaded: a.uploaded + b.uploaded,
    wasted: a.wasted + b.wasted,
  };
}
