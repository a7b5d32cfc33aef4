/** Writing KRPC messages (BEP 5, 32, 33, 42, 43, 44, 51). */
import { concatBytes } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { encodeBencode, EncodedValue } from '../bencode.ts';
import type { BencodeInput } from '../bencode.ts';
import { addressFamily, encodeCompactPeers } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { keyBytes } from './node-id.ts';
import type { DhtItem, KrpcAnswer, KrpcMessage, KrpcQuery, NodeContact } from './krpc-messages.ts';

/** Names this program in messages: `CE` and the version (as BEP 20 has it for peer ids). */
const VERSION = Uint8Array.of(0x43, 0x45, 0, 1);

export function encodeKrpc(message: KrpcMessage): Uint8Array<ArrayBuffer> {
  const { transactionId: t } = message;
  switch (message.type) {
    case 'query': {
      const { query } = message;
      const want = query.want?.map((family) => `n${family}`);
      const a = { id: keyBytes(message.id), ...queryArguments(query), want };
      const ro = message.isReadOnly ? 1 : undefined;
      return encodeBencode({ t, y: 'q', q: query.method, a, ro, v: VERSION });
    }
    case 'response': {
      const { seenAs } = message;
      const family = seenAs && addressFamily(seenAs.host);
      const ip = seenAs && family && encodeCompactPeers([seenAs], family);
      const r = { id: keyBytes(message.id), ...answerFields(message.answer) };
      return encodeBencode({ t, y: 'r', r, ip, v: VERSION });
    }
    case 'error':
      return encodeBencode({ t, y: 'e', e: [message.code, message.text], v: VERSION });
  }
}

function queryArguments(query: KrpcQuery): Record<string, BencodeInput | undefined> {
  switch (query.method) {
    case 'ping':
      return {};
    case 'find_node':
    case 'sample_infohashes':
      return { target: keyBytes(query.target) };
    case 'get_peers': {
      const noseed = query.noSeeds ? 1 : undefined;
      const scrape = query.scrape ? 1 : undefined;
      return { info_hash: keyBytes(query.infoHash), noseed, scrape };
    }
    case 'announce_peer':
      return {
        info_hash: keyBytes(query.infoHash),
        port: query.port,
        implied_port: query.impliedPort ? 1 : undefined,
        seed: query.isSeed ? 1 : undefined,
        token: query.token,
      };
    case 'get':
      return { target: keyBytes(query.target), seq: query.sequence };
    case 'put':
      return { ...itemFields(query.item), cas: query.cas, token: query.token };
  }
}

function itemFields(item: DhtItem): Record<string, BencodeInput | undefined> {
  const v = new EncodedValue(item.value);
  if (item.type === 'immutable') return { v };
  const salt = item.salt.length > 0 ? item.salt : undefined;
  return { v, k: item.publicKey, salt, seq: item.sequence, sig: item.signature };
}

function answerFields(answer: KrpcAnswer): Record<string, BencodeInput | undefined> {
  return {
    seq: answer.sequence,
    ...(answer.item && itemFields(answer.item)),
    salt: undefined, // who asks knows it
    nodes: answer.nodes && encodeNodes(answer.nodes, 4),
    nodes6: answer.nodes6 && encodeNodes(answer.nodes6, 6),
    values: answer.peers?.map((peer) => encodePeer(peer)),
    token: answer.token,
    BFsd: answer.seedFilter,
    BFpe: answer.peerFilter,
    samples: answer.samples && concatBytes(answer.samples.map((hash) => keyBytes(hash))),
    num: answer.infoHashCount,
    interval: answer.sampleIntervalSeconds,
  };
}

function encodeNodes(nodes: readonly NodeContact[], family: AddressFamily): Uint8Array {
  return concatBytes(
    nodes.flatMap((node) => [keyBytes(node.id), encodeCompactPeers([node], family)]),
  );
}

function encodePeer(peer: Endpoint): Uint8Array {
  return encodeCompactPeers([peer], addressFamily(peer.host) ?? 4);
}
