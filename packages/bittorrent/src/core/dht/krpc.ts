/** Decoding KRPC messages (BEP 5, 32, 33, 42, 43, 44, 51): whatever came in a datagram. */
import { decodeUtf8, PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { BencodeDictionary, decodeBencode, keyOfBytes } from '../bencode.ts';
import type { BencodeLimits } from '../bencode.ts';
import { decodeCompactPeers } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { infoHashOf, PUBLIC_KEY_LENGTH } from '../ids.ts';
import type { InfoHash } from '../ids.ts';
import {
  ANSWER_NODES_MAX,
  ANSWER_PEERS_MAX,
  BLOOM_FILTER_LENGTH,
  ERROR_TEXT_LENGTH_MAX,
  ITEM_LENGTH_MAX,
  KRPC_ERROR,
  KRPC_LENGTH_MAX,
  SALT_LENGTH_MAX,
  SAMPLES_MAX,
  SIGNATURE_LENGTH,
  TOKEN_LENGTH_MAX,
  TRANSACTION_ID_LENGTH_MAX,
} from './krpc-messages.ts';
import type {
  BadQuery,
  DhtItem,
  KrpcAnswer,
  KrpcMessage,
  KrpcQuery,
  NodeContact,
} from './krpc-messages.ts';
import { keyOf, NODE_ID_LENGTH, nodeIdOf } from './node-id.ts';
import type { DhtKey } from './node-id.ts';

/** Values: those of a full list of peers, with an item that is nested as deep as its length allows. */
const KRPC_LIMITS: BencodeLimits = { lengthMax: KRPC_LENGTH_MAX, depthMax: 64, countMax: 1_024 };

/** Of an address and a port. */
const COMPACT_LENGTH = { 4: 6, 6: 18 } as const;

const NODES_KEY = { 4: 'nodes', 6: 'nodes6' } as const;

const NOTHING = new Uint8Array(0);

/**
 * Whether a datagram on a shared socket is for the DHT: a dictionary. Those of uTP begin with its
 * version, those of a UDP tracker with a small number.
 */
export function isKrpc(datagram: Uint8Array): boolean {
  return datagram[0] === 0x64;
}

/** Throws PeerFaults: `BENCODE_INVALID`, `BENCODE_LIMIT`, `BAD_KRPC`, `BAD_COMPACT_PEERS`. */
export function decodeKrpc(datagram: Uint8Array): KrpcMessage | BadQuery {
  const dictionary = decodeBencode(datagram, KRPC_LIMITS);
  if (!(dictionary instanceof BencodeDictionary)) throw bad('no dictionary');
  const transactionId = boundedBytes(dictionary, 't', 0, TRANSACTION_ID_LENGTH_MAX);
  if (transactionId === undefined) throw bad('transaction id');
  const kind = dictionary.bytes('y');
  switch (kind && keyOfBytes(kind)) {
    case 'q':
      return decodeQuery(dictionary, transactionId);
    case 'r': {
      const body = dictionary.dictionary('r');
      const id = body && idIn(body);
      if (body === undefined || id === undefined) throw bad('response');
      const seenAs = seenAddress(dictionary.bytes('ip'));
      return {
        type: 'response',
        transactionId,
        id,
        answer: decodeAnswer(body),
        ...(seenAs && { seenAs }),
      };
    }
    case 'e':
      return { type: 'error', transactionId, ...decodeError(dictionary) };
    default:
      throw bad('kind');
  }
}

/** A mistake in the arguments is told to who asks, so that it can be found. */
function decodeQuery(
  dictionary: BencodeDictionary,
  transactionId: Uint8Array,
): KrpcMessage | BadQuery {
  const method = dictionary.bytes('q');
  const body = dictionary.dictionary('a');
  const id = body && idIn(body);
  if (method === undefined || body === undefined || id === undefined) throw bad('query');
  const query = decodeArguments(keyOfBytes(method), body);
  if (typeof query === 'number') return { type: 'bad-query', transactionId, code: query };
  const isReadOnly = dictionary.integer('ro') === 1;
  const want = wantedFamilies(body);
  return {
    type: 'query',
    transactionId,
    id,
    isReadOnly,
    query: want === undefined ? query : { ...query, want },
  };
}

/** The code of an error when they are wrong. */
function decodeArguments(method: string, body: BencodeDictionary): KrpcQuery | number {
  switch (method) {
    case 'ping':
      return { method };
    case 'find_node':
    case 'sample_infohashes': {
      const target = keyIn(body, 'target');
      return target === undefined ? KRPC_ERROR.protocol : { method, target };
    }
    case 'get_peers': {
      const infoHash = infoHashIn(body);
      if (infoHash === undefined) return KRPC_ERROR.protocol;
      const noSeeds = body.integer('noseed') === 1;
      return { method, infoHash, noSeeds, scrape: body.integer('scrape') === 1 };
    }
    case 'announce_peer':
      return decodeAnnounce(body);
    case 'get': {
      const target = keyIn(body, 'target');
      if (target === undefined) return KRPC_ERROR.protocol;
      const sequence = body.integer('seq');
      return { method, target, ...(sequence !== undefined && { sequence }) };
    }
    case 'put':
      return decodePut(body);
    default:
      // BEP 5's own advice: what names a target can be answered with nodes near it
      return unknownMethod(body);
  }
}

function unknownMethod(body: BencodeDictionary): KrpcQuery | number {
  const target = keyIn(body, 'target') ?? keyIn(body, 'info_hash');
  return target === undefined ? KRPC_ERROR.unknownMethod : { method: 'find_node', target };
}

function decodeAnnounce(body: BencodeDictionary): KrpcQuery | number {
  const infoHash = infoHashIn(body);
  const token = boundedBytes(body, 'token', 1, TOKEN_LENGTH_MAX);
  const impliedPort = (body.integer('implied_port') ?? 0) !== 0;
  const port = impliedPort ? 0 : (body.integer('port') ?? 0);
  if (infoHash === undefined || token === undefined) return KRPC_ERROR.protocol;
  if (!impliedPort && !(port >= 1 && port <= 0xffff)) return KRPC_ERROR.protocol;
  const isSeed = body.integer('seed') === 1;
  return { method: 'announce_peer', infoHash, port, impliedPort, isSeed, token };
}

function decodePut(body: BencodeDictionary): KrpcQuery | number {
  const token = boundedBytes(body, 'token', 1, TOKEN_LENGTH_MAX);
  if (token === undefined) return KRPC_ERROR.protocol;
  const item = decodeItem(body);
  if (item === undefined) return KRPC_ERROR.protocol;
  if (typeof item === 'number') return item;
  const cas = body.integer('cas');
  return { method: 'put', item, token, ...(cas !== undefined && { cas }) };
}

/** The code of an error when it is too long; undefined when there is none, or a part is missing. */
function decodeItem(body: BencodeDictionary): DhtItem | number | undefined {
  const value = body.raw('v');
  if (value === undefined) return undefined;
  if (value.length > ITEM_LENGTH_MAX) return KRPC_ERROR.itemTooLong;
  if (!body.has('k')) return { type: 'immutable', value };
  const publicKey = boundedBytes(body, 'k', PUBLIC_KEY_LENGTH, PUBLIC_KEY_LENGTH);
  const signature = boundedBytes(body, 'sig', SIGNATURE_LENGTH, SIGNATURE_LENGTH);
  const sequence = body.integer('seq');
  const salt = body.bytes('salt') ?? NOTHING;
  if (salt.length > SALT_LENGTH_MAX) return KRPC_ERROR.saltTooLong;
  if (publicKey === undefined || signature === undefined || sequence === undefined)
    return undefined;
  return { type: 'mutable', value, publicKey, salt, sequence, signature };
}

function decodeAnswer(body: BencodeDictionary): KrpcAnswer {
  const nodes = decodeNodes(body, 4);
  const nodes6 = decodeNodes(body, 6);
  const peers = decodePeers(body);
  const token = boundedBytes(body, 'token', 1, TOKEN_LENGTH_MAX);
  const seedFilter = boundedBytes(body, 'BFsd', BLOOM_FILTER_LENGTH, BLOOM_FILTER_LENGTH);
  const peerFilter = boundedBytes(body, 'BFpe', BLOOM_FILTER_LENGTH, BLOOM_FILTER_LENGTH);
  const item = decodeItem(body);
  const sequence = body.integer('seq');
  const samples = decodeSamples(body.bytes('samples'));
  const infoHashCount = body.integer('num');
  const sampleIntervalSeconds = body.integer('interval');
  return {
    ...(nodes && { nodes }),
    ...(nodes6 && { nodes6 }),
    ...(peers && { peers }),
    ...(token && { token }),
    ...(seedFilter && { seedFilter }),
    ...(peerFilter && { peerFilter }),
    ...(typeof item === 'object' && { item }),
    ...(sequence !== undefined && { sequence }),
    ...(samples && { samples }),
    ...(infoHashCount !== undefined && { infoHashCount }),
    ...(sampleIntervalSeconds !== undefined && { sampleIntervalSeconds }),
  };
}

function decodeNodes(body: BencodeDictionary, family: AddressFamily): NodeContact[] | undefined {
  const bytes = body.bytes(NODES_KEY[family]);
  if (bytes === undefined) return undefined;
  const stride = NODE_ID_LENGTH + COMPACT_LENGTH[family];
  if (bytes.length % stride !== 0) throw bad('nodes');
  const nodes: NodeContact[] = [];
  const end = Math.min(bytes.length, ANSWER_NODES_MAX * stride);
  for (let at = 0; at < end; at += stride) {
    const id = nodeIdOf(bytes.subarray(at, at + NODE_ID_LENGTH));
    const [endpoint] = decodeCompactPeers(
      bytes.subarray(at + NODE_ID_LENGTH, at + stride),
      family,
      1,
    );
    if (endpoint !== undefined) nodes.push({ id, ...endpoint });
  }
  return nodes;
}

/** BEP 5 has one string for each peer; their lengths tell the families (BEP 32). Others are passed over. */
function decodePeers(body: BencodeDictionary): Endpoint[] | undefined {
  const values = body.list('values');
  if (values === undefined) return undefined;
  const peers: Endpoint[] = [];
  for (const value of values.slice(0, ANSWER_PEERS_MAX)) {
    if (!(value instanceof Uint8Array)) continue;
    if (value.length === COMPACT_LENGTH[4]) peers.push(...decodeCompactPeers(value, 4, 1));
    else if (value.length === COMPACT_LENGTH[6]) peers.push(...decodeCompactPeers(value, 6, 1));
  }
  return peers;
}

function decodeSamples(bytes: Uint8Array | undefined): InfoHash[] | undefined {
  if (bytes === undefined) return undefined;
  if (bytes.length % NODE_ID_LENGTH !== 0) throw bad('samples');
  const samples: InfoHash[] = [];
  const end = Math.min(bytes.length, SAMPLES_MAX * NODE_ID_LENGTH);
  for (let at = 0; at < end; at += NODE_ID_LENGTH) {
    samples.push(infoHashOf(bytes.subarray(at, at + NODE_ID_LENGTH)));
  }
  return samples;
}

function decodeError(dictionary: BencodeDictionary): { code: number; text: string } {
  const [code, text] = dictionary.list('e') ?? [];
  const bytes = text instanceof Uint8Array ? text.subarray(0, ERROR_TEXT_LENGTH_MAX) : NOTHING;
  const shown = (decodeUtf8(bytes) ?? '').replaceAll(/\p{C}/gu, ' ');
  return { code: typeof code === 'number' ? code : KRPC_ERROR.generic, text: shown };
}

/** The address and port at which others see us; without a port in old programs. */
function seenAddress(bytes: Uint8Array | undefined): Endpoint | undefined {
  if (bytes?.length === COMPACT_LENGTH[4]) return decodeCompactPeers(bytes, 4, 1)[0];
  return bytes?.length === COMPACT_LENGTH[6] ? decodeCompactPeers(bytes, 6, 1)[0] : undefined;
}

function wantedFamilies(body: BencodeDictionary): readonly AddressFamily[] | undefined {
  const names = body.list('want')?.map((name) => name instanceof Uint8Array && keyOfBytes(name));
  if (names === undefined) return undefined;
  return ([4, 6] as const).filter((family) => names.includes(`n${family}`));
}

function idIn(body: BencodeDictionary): ReturnType<typeof nodeIdOf> | undefined {
  const bytes = boundedBytes(body, 'id', NODE_ID_LENGTH, NODE_ID_LENGTH);
  return bytes && nodeIdOf(bytes);
}

function keyIn(body: BencodeDictionary, name: string): DhtKey | undefined {
  const bytes = boundedBytes(body, name, NODE_ID_LENGTH, NODE_ID_LENGTH);
  return bytes && keyOf(bytes);
}

function infoHashIn(body: BencodeDictionary): InfoHash | undefined {
  const bytes = boundedBytes(body, 'info_hash', NODE_ID_LENGTH, NODE_ID_LENGTH);
  return bytes && infoHashOf(bytes);
}

/** Undefined unless its length is in between. */
function boundedBytes(
  body: BencodeDictionary,
  name: string,
  lengthMin: number,
  lengthMax: number,
): Uint8Array | undefined {
  const bytes = body.bytes(name);
  return bytes && bytes.length >= lengthMin && bytes.length <= lengthMax ? bytes : undefined;
}

function bad(what: string): PeerFault {
  return new PeerFault('BAD_KRPC', { what });
}
