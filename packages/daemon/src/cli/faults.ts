/** Every fault that can reach a person, in plain words: what, where, and what to do about it. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { FaultDetails } from '@coequal/base';
import { formatPieceLength, plain } from './format.ts';
import { IDENTITY_WORDS } from './identity-faults.ts';
import { PEER_WORDS } from './peer-faults.ts';
import { SEND_WORDS } from './send-faults.ts';
import { PEOPLE_WORDS } from './people-faults.ts';

interface Words {
  readonly message: string;
  readonly hint?: string;
}

export interface DescribedError extends Words {
  /** Stable: of the fault, or `BUG`. */
  readonly code: string;
  /** Only of a bug. */
  readonly stack?: string;
}

export type WordsOf = (details: FaultDetails) => Words;

const GET_IT_AGAIN = 'Get the .torrent file again from where it came.';
const ASK_THE_MAKER = 'It was made wrongly; whoever made it can make it anew.';
const CHECK_THE_PATH = 'Check the path; a relative one is looked up from the current folder.';

const SOURCE_WORDS: Readonly<Record<string, WordsOf>> = {
  BAD_MAGNET: ({ what }) => ({
    message: `this magnet link cannot be used: its "${what}" is wrong or missing`,
    hint: 'Copy the whole link, from "magnet:?" on, and put it in quotes.',
  }),
  TORRENT_FILE_MISSING: ({ path }) => ({
    message: `there is no file ${path}`,
    hint: 'Give the path of a .torrent file, a magnet link in quotes, or an http(s) address.',
  }),
  TORRENT_FILE_UNREADABLE: ({ path, errno }) => ({
    message: `${path} cannot be read (${errno})`,
    hint: 'It must be a .torrent file that you may read.',
  }),
  TORRENT_FILE_TOO_LONG: ({ path }) => ({
    message: `${path} is too long for a .torrent file`,
    hint: 'Is it the content itself? The .torrent file is the small one.',
  }),
  BENCODE_INVALID: () => ({
    message: 'this is no .torrent file, or a damaged one',
    hint: GET_IT_AGAIN,
  }),
  BENCODE_LIMIT: () => ({
    message: 'this .torrent file is larger than any in use',
    hint: GET_IT_AGAIN,
  }),
  METAINFO_FIELD: ({ field }) => ({
    message: `this .torrent file is damaged: its "${field}" is wrong or missing`,
    hint: GET_IT_AGAIN,
  }),
  METAINFO_LIMIT: ({ what }) => ({
    message: `this torrent has more ${what ?? 'of something'} than this program takes`,
    hint: ASK_THE_MAKER,
  }),
  METAINFO_VERSION: () => ({
    message: 'this torrent is of a version that this program does not know',
    hint: 'A newer Coequal may know it.',
  }),
  METAINFO_PIECE_LENGTH: () => ({
    message: 'this torrent has a piece length that is not allowed',
    hint: ASK_THE_MAKER,
  }),
  METAINFO_PIECES: () => ({
    message: 'this .torrent file is damaged: it has too few or too many piece hashes',
    hint: GET_IT_AGAIN,
  }),
  METAINFO_PIECE_LAYER: () => ({
    message: 'this .torrent file is damaged: its piece layers do not fit its files',
    hint: GET_IT_AGAIN,
  }),
  METAINFO_EMPTY: () => ({ message: 'this torrent holds no data: all its files are empty' }),
  METAINFO_HYBRID_MISMATCH: () => ({
    message: 'the two halves of this hybrid torrent describe different files',
    hint: ASK_THE_MAKER,
  }),
  PIECE_HASHES_MISSING: ({ name }) => ({
    message: `"${name}" is a v2 torrent, and its piece hashes are not in what was given`,
    hint: 'Use the complete .torrent file, or `coequal get`, which asks peers for them.',
  }),
  HYBRID_HASHES_DIFFER: ({ piece }) => ({
    message: `the v1 and the v2 part of this torrent disagree about piece ${piece}: nobody can have it`,
    hint: ASK_THE_MAKER,
  }),
  NOTHING_SELECTED: ({ files }) => ({
    message: `--select chooses none of the torrent's ${files} files`,
    hint: '`coequal info` lists their names; put the pattern in quotes.',
  }),
  ALREADY_ADDED: ({ name }) => ({ message: `"${name}" is being fetched already` }),
  BAD_SOURCE: () => ({
    message: 'this is neither a magnet link, nor a .torrent file, nor an http(s) address',
  }),
};

const NETWORK_WORDS: Readonly<Record<string, WordsOf>> = {
  ADDRESS_IN_USE: ({ port }) => ({
    message: `port ${port} is taken by another program`,
    hint: 'Choose another with --listen, or leave it out to take any free one.',
  }),
  LISTEN_FAILED: ({ host, port, errno }) => ({
    message: `cannot listen on ${host} port ${port}${errno ? ` (${errno})` : ''}`,
    hint: 'Ports below 1024 are for the system; choose a higher one with --listen.',
  }),
  NAME_NOT_FOUND: ({ host }) => ({
    message: `no computer called "${host}" was found`,
    hint: 'Check the spelling and your connection, or give its address in numbers.',
  }),
  OUTSIDE_REACH: ({ host }) => ({
    message: `${host} is beyond the network that --offline or --lan-only allows`,
    hint: 'Leave the flag out to reach it.',
  }),
  BIND_NOT_HERE: ({ what }) => ({
    message: `there is no address or interface ${what} on this computer, or it is down`,
    hint: 'Name one that is up with --bind. Nothing was sent another way.',
  }),
  ADDRESS_GONE: ({ host }) => ({
    message: `the address ${host} that --bind names is gone`,
    hint: 'Nothing is sent another way. Try again when it is back.',
  }),
  HTTP_STATUS: ({ status, url }) => ({
    message: `the server answered ${status} instead of a .torrent file, at ${url}`,
    hint:
      status === 404 ? 'Check the address.' : 'Try it in a browser: it may want you to sign in.',
  }),
  HTTP_FAILED: ({ errno }) => ({
    message: `the server cannot be reached${errno ? ` (${errno})` : ''}`,
    hint: 'Check the address and your connection.',
  }),
  HTTP_TIMEOUT: () => ({ message: 'the server took too long to answer', hint: 'Try again later.' }),
  HTTP_BODY_TOO_LONG: () => ({
    message: 'what the server sent is too long for a .torrent file',
    hint: 'Check the address: it should be that of the .torrent file itself.',
  }),
  HTTP_BAD_URL: () => ({ message: 'this address is not a valid http or https address' }),
  HTTP_BAD_REDIRECT: () => ({ message: 'the server sends us on to an address that is not valid' }),
  HTTP_TOO_MANY_REDIRECTS: () => ({ message: 'the server sends us from one address to the next' }),
  HTTP_BAD_ENCODING: () => ({ message: 'the server packed its answer in a way we cannot read' }),
};

const DHT_WORDS: Readonly<Record<string, WordsOf>> = {
  DHT_OFF: () => ({
    message: 'a key is looked up and published in the DHT alone, and the DHT is off',
    hint: 'Leave --no-discovery out.',
  }),
  DHT_NO_CONTACTS: () => ({
    message: 'a key is looked up in the DHT, and no node of it is known here',
    hint: 'Name one with --dht-bootstrap HOST:PORT; --offline and --lan-only ask none of the usual ones.',
  }),
  DHT_NO_NODES: () => ({
    message: 'no node of the DHT answers',
    hint: 'Check your connection, or name a node with --dht-bootstrap HOST:PORT.',
  }),
  DHT_CAS_MISMATCH: () => ({
    message: 'another program with the same key publishes at the same time',
    hint: 'It is tried again.',
  }),
  DHT_OLD_SEQUENCE: () => ({
    message: 'another program with the same key has published something newer',
    hint: 'It is tried again.',
  }),
  DHT_PUT_REFUSED: ({ answers }) => ({
    message: `none of the ${answers ?? 'few'} nodes of the DHT that answered took it`,
    hint: 'It is tried again.',
  }),
  BAD_MUTABLE_TORRENT: () => ({
    message: 'what is published under this key names no torrent',
    hint: 'Is it the whole link, salt ("s=") and all? The key may be used for other things as well.',
  }),
  TORRENT_PRIVATE: ({ name }) => ({
    message: `"${name}" is private, so it is not told to the DHT`,
    hint: 'Leave --publish out, or make the torrent without --private.',
  }),
  PUBLISH_NEEDS_V1: ({ name }) => ({
    message: `"${name}" is a torrent of v2 alone, which cannot be published under a key (BEP 46)`,
    hint: 'Make a hybrid one: `coequal create` does unless told otherwise.',
  }),
  PUBLISH_INCOMPLETE: ({ name, missing }) => ({
    message: `"${name}" is not published, because ${missing ?? 'some'} of its pieces are missing or different`,
    hint: '`coequal verify` says which files, `coequal get` fetches what is missing.',
  }),
  KEY_FILE_BAD: ({ path }) => ({
    message: `${path} holds no Ed25519 key in PEM`,
    hint: 'Name another file: one that is not there is made, one that is there is not overwritten.',
  }),
  KEY_FILE_FAILED: ({ path, errno }) => ({
    message: `the key file ${path} cannot be read or made${errno ? ` (${errno})` : ''}`,
    hint: CHECK_THE_PATH,
  }),
};

const DISK_WORDS: Readonly<Record<string, WordsOf>> = {
  DISK_FULL: ({ path }) => ({
    message: `the disk is full, at ${path}`,
    hint: 'Make room and run the same command: it goes on from there.',
  }),
  NOT_FOUND: ({ path }) => ({ message: `there is nothing at ${path}`, hint: CHECK_THE_PATH }),
  NOT_PERMITTED: ({ path }) => ({
    message: `you may not read or write ${path}`,
    hint: 'Choose a folder of your own with -o, or change its permissions.',
  }),
  NOT_A_FILE: ({ path, type }) => ({
    message: `${path} is ${type === 'directory' ? 'a folder' : 'no ordinary file'}, where a file is needed`,
    hint: 'Move it away, or choose another folder. Links are not followed inside a torrent.',
  }),
  READ_ONLY_DISK: ({ path }) => ({
    message: `the disk that holds ${path} can only be read`,
    hint: 'Choose another folder.',
  }),
  TOO_MANY_OPEN_FILES: () => ({
    message: 'the system lets this process open no more files',
    hint: 'Raise the limit (ulimit -n) or close other programs.',
  }),
  DISK_FAILED: ({ path, errno }) => ({
    message: `the disk failed at ${path}${errno ? ` (${errno})` : ''}`,
    hint: 'Check that the disk is connected and sound.',
  }),
  PATH_TOO_LONG: ({ path }) => ({
    message: `a path is too long for the system${path ? `: ${path}` : ''}`,
    hint: 'Use a folder with a shorter path.',
  }),
  FILE_TOO_LONG: ({ path }) => ({ message: `${path ?? 'a file'} is longer than it may be` }),
  TOO_MANY_FILES: ({ path, max }) => ({ message: `${path} holds more than ${max} files` }),
  TORRENT_IN_USE: ({ pid }) => ({
    message: `another process (${pid}) is working on this torrent at this place`,
    hint: 'Stop that one first, or use another folder.',
  }),
  RESUME_DATA_BAD: () => ({
    message: 'the stored progress of this torrent cannot be read',
    hint: 'Run the command again: the files themselves are checked then.',
  }),
  CONTENT_MISSING: ({ path }) => ({
    message: `content that was there is gone${path ? `: ${path}` : ''}`,
    hint: 'Run the command again: it checks what is left.',
  }),
  CONTENT_PATH_MISSING: ({ path }) => ({
    message: `there is nothing at ${path}`,
    hint: CHECK_THE_PATH,
  }),
  CONTENT_NOT_THERE: ({ name, path }) => ({
    message: `none of the files of "${name}" is in ${path}`,
    hint: `Give the path of "${name}" itself, or of the folder that holds it.`,
  }),
  PIECE_TOO_LONG_FOR_MEMORY: () => ({
    message: 'the pieces of this torrent are larger than the memory set aside for them',
  }),
};

const CREATE_WORDS: Readonly<Record<string, WordsOf>> = {
  FILE_EXISTS: ({ path }) => ({
    message: `${path} is there already`,
    hint: 'Choose another name with -o, or replace it with --force.',
  }),
  FILE_CHANGED: ({ path }) => ({
    message: `${path ?? 'a file'} changed while it was read`,
    hint: 'Wait until nothing writes there, then try again.',
  }),
  NAME_NOT_PORTABLE: ({ path }) => ({
    message: `"${path}" cannot be kept under that name on every system`,
    hint: 'Rename it: no \\ : * ? " < > |, no space or dot at the end, and not only by case different from another.',
  }),
  NAME_AMBIGUOUS: ({ name }) => ({
    message: `the folder "${name}" holds just one file of its own name, which v2 cannot tell from that file`,
    hint: 'Rename the folder, share the file itself, or use --v1.',
  }),
  NOTHING_TO_SHARE: ({ path }) => ({ message: `there is no data in ${path}: nothing to share` }),
  TOO_MANY_PIECES: ({ pieceCount }) => ({
    message: `${pieceCount} pieces are too many`,
    hint: 'Choose a larger --piece-length, or leave it out.',
  }),
  BAD_PIECE_LENGTH: ({ pieceLength }) => ({
    message: `${formatPieceLength(Number(pieceLength))} is no piece length: a power of two from 16 KiB is needed`,
  }),
};

const WORDS: Readonly<Record<string, WordsOf>> = {
  ...SOURCE_WORDS,
  ...NETWORK_WORDS,
  ...DHT_WORDS,
  ...DISK_WORDS,
  ...CREATE_WORDS,
  ...IDENTITY_WORDS,
  ...PEER_WORDS,
  ...SEND_WORDS,
  ...PEOPLE_WORDS,
};

/** The codes that have words of their own. */
export const DESCRIBED_CODES: readonly string[] = Object.keys(WORDS);

export function describeError(error: unknown): DescribedError {
  if (error instanceof LocalFault || error instanceof PeerFault) return describeFault(error);
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return {
    code: 'BUG',
    message: 'this is a bug in Coequal, not something you did',
    hint: 'Please report it, with the lines that follow and what you were doing.',
    stack,
  };
}

function describeFault({ code, details, message }: LocalFault | PeerFault): DescribedError {
  const words = WORDS[code]?.(details) ?? { message: `it failed with ${message}` };
  return { code, ...words, message: plain(words.message) };
}
