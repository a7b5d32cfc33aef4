/** Faults of the running peer and its API, in words. */
import type { WordsOf } from './faults.ts';
import { GUEST_WORDS } from './guest-faults.ts';
import { identityNotNow } from './identity-faults.ts';
import { sendNotNow } from './send-faults.ts';

const SEE_HELP = 'The routes and what they take are in /api/v1/openapi.json.';

const STATE_WORDS: Readonly<Record<string, WordsOf>> = {
  HOME_IN_USE: ({ home, pid, url }) => ({
    message: `a peer runs already in ${home}${pid === undefined ? '' : ` (process ${pid})`}`,
    hint: url
      ? `Its page is at ${url}; "coequal stop" stops it.`
      : 'Use another folder with --home.',
  }),
  HOME_UNUSABLE: ({ home, errno }) => ({
    message: `the folder ${home} cannot be used${errno ? ` (${errno})` : ''}`,
    hint: 'It must be a folder of your own on a disk of this computer. Choose another with --home.',
  }),
  STATE_TOO_NEW: ({ path }) => ({
    message: `${path} was written by a later version of Coequal`,
    hint: 'Use that version, or another folder with --home.',
  }),
  STATE_UNREADABLE: ({ path }) => ({
    message: `${path} cannot be read: it is damaged, or not a file of Coequal`,
    hint: 'Restore it from a backup, or move it away to begin anew: what was fetched stays where it is.',
  }),
  SECRET_UNREADABLE: ({ path }) => ({
    message: `the secret of the running peer cannot be read, at ${path}`,
    hint: 'Use the same account and folder as the peer; if it is damaged, delete it and start the peer again.',
  }),
  CONFIG_UNREADABLE: ({ path, errno }) => ({
    message: `${path} cannot be read${errno ? ` (${errno})` : ''}`,
    hint: 'It must be a text file that you may read.',
  }),
  CONFIG_SYNTAX: ({ where, problem }) => ({
    message: `this is not TOML: ${problem} (${where})`,
    hint: 'Correct that line, or move the file away.',
  }),
  CONFIG_VERSION: ({ where, wanted }) => ({
    message: `the configuration must begin with "version = ${wanted}" (${where})`,
    hint: 'Add that line, if the file was written for this version.',
  }),
  SETTING_UNKNOWN: ({ key, where }) => ({
    message: `there is no setting "${key}" (${where})`,
    hint: 'Check its spelling; docs/settings.md lists all of them.',
  }),
  SETTING_WRONG: ({ key, problem, where }) => ({
    message: `the setting "${key}" is wrong: ${problem} (${where})`,
    hint: 'What each setting takes is in docs/settings.md.',
  }),
  SETTING_LOCKED: ({ key, origin }) => ({
    message: `"${key}" is set by ${origin === 'flag' ? 'a flag of the command' : `the ${origin}`}`,
    hint: 'Change it there, or take it out there to set it here.',
  }),
  NO_PEER: ({ status }) => ({
    message: `something that is no Coequal peer answered (HTTP ${status})`,
    hint: 'Start the peer again with "coequal up".',
  }),
  TOO_MANY_BUGS: ({ count }) => ({
    message: `${count} bugs came one after the other: the peer ends, before it harms anything`,
    hint: 'What happened is in the folder "logs". Please report it; then start the peer again.',
  }),
  NO_RUNNING_PEER: ({ home }) => ({
    message: `no peer runs in ${home}`,
    hint: 'Start it with "coequal up", in another terminal or as a service.',
  }),
};

const REQUEST_WORDS: Readonly<Record<string, WordsOf>> = {
  BAD_REQUEST: ({ where, problem }) => ({
    message: `this request cannot be read: ${where === undefined ? '' : `${where} `}${problem}`,
    hint: SEE_HELP,
  }),
  NOT_SIGNED_IN: () => ({
    message: 'nobody is signed in here',
    hint: 'Open the link that "coequal up" prints, or send the secret of a key as "Authorization: Bearer …".',
  }),
  BAD_LOGIN: () => ({
    message: 'this link or secret is not valid, or was used before',
    hint: 'Start "coequal up" again: it prints a new link.',
  }),
  LOCKED_OUT: () => ({
    message: 'too many wrong secrets came from here',
    hint: 'Wait a minute.',
  }),
  SCOPE_MISSING: ({ scope }) => ({
    message: `this key may not do that: it needs the scope "${scope}"`,
    hint: 'Make another key in the settings.',
  }),
  FORBIDDEN_HOST: ({ host }) => ({
    message: `this peer does not answer under the name "${host}"`,
    hint: 'Use the address that "coequal up" prints.',
  }),
  FORBIDDEN_ORIGIN: ({ origin }) => ({
    message: `another site (${origin === '' ? 'it does not say which' : origin}) may not ask this peer`,
  }),
  NO_SUCH_ROUTE: ({ path }) => ({ message: `there is nothing at ${path}`, hint: SEE_HELP }),
  NO_SUCH_TRANSFER: ({ id }) => ({
    message: `there is no transfer ${id}`,
    hint: 'See "coequal list" for those that are there.',
  }),
  TRANSFER_AMBIGUOUS: ({ text, count }) => ({
    message: `"${text}" could be any of ${count} transfers`,
    hint: 'Give more of the id: "coequal list" shows it.',
  }),
  NO_SUCH_CATEGORY: ({ category }) => ({
    message: `there is no category "${category}"`,
    hint: 'Make it first.',
  }),
  NO_SUCH_KEY: () => ({ message: 'there is no such key' }),
  NO_SUCH_SESSION: () => ({ message: 'no such browser is signed in' }),
  NO_SUCH_CREATION: () => ({ message: 'nothing of that id is being made' }),
  NO_SUCH_FOLDER: ({ path }) => ({
    message: `${path} is no folder that can be read`,
    hint: 'Check the path.',
  }),
  NO_SUCH_FILE: ({ index }) => ({ message: `the transfer has no file number ${index}` }),
  NOT_POSSIBLE_NOW: ({ what }) =>
    identityNotNow(what) ??
    sendNotNow(what) ?? {
      message: `that is not possible now (${what})`,
      hint: 'Try again when the transfer runs and its content is known.',
    },
  NOT_SUPPORTED: ({ what }) => ({
    message: `this peer does not have that: ${what}`,
    hint: 'What there is instead is in docs/compatibility.md.',
  }),
  TOO_MANY_REQUESTS: () => ({ message: 'too much is asked at a time', hint: 'Ask again shortly.' }),
  TOO_LARGE: () => ({ message: 'a request of this kind may not be so long', hint: SEE_HELP }),
  WRONG_TYPE: ({ wanted }) => ({ message: `a request must be of the type ${wanted}` }),
  BAD_BASE64: () => ({ message: 'this is not base64' }),
  REQUEST_TIMEOUT: () => ({ message: 'the request took too long to come' }),
};

const REMOTE_PAGE_WORDS: Readonly<Record<string, WordsOf>> = {
  PAGE_NOT_OPEN: ({ why }) => ({
    message: 'the page is not open to other devices',
    hint:
      why === 'offline'
        ? 'The peer was started with --offline. Start it without, or with --lan-only.'
        : 'Open it in the settings ("Other devices"), or with "coequal pair --open".',
  }),
  NO_SUCH_ADDRESS: ({ address, known }) => ({
    message: `the page is not open at "${address}"`,
    hint: `It is at: ${known}.`,
  }),
  PAGE_OFFLINE: () => ({
    message: 'the page stays closed to other devices: the peer was started with --offline',
    hint: 'Start it without, or with --lan-only.',
  }),
  PAGE_PORT_TAKEN: ({ port }) => ({
    message: `port ${port}, where other devices are to find the page, is taken by another program`,
    hint: 'Choose another in the settings ("pagePort"), or 0 for any free one.',
  }),
  PAGE_LISTEN_FAILED: ({ address, port, errno }) => ({
    message: `the page cannot be opened at ${address ?? 'any address'} port ${port}${errno ? ` (${errno})` : ''}`,
    hint: 'Look at "pageAddress" and "pagePort": an address of this computer, and a port from 1024 on.',
  }),
  PAGE_CERTIFICATE_BAD: ({ path, problem }) => ({
    message: `the certificate of the page cannot be used: ${problem} (${path})`,
    hint: 'Give both a certificate and its key, in PEM, or neither: then the peer makes its own.',
  }),
};

const SERVICE_WORDS: Readonly<Record<string, WordsOf>> = {
  SERVICE_BY_HAND: () => ({
    message: 'on this system a service is set up by hand',
    hint: 'See docs/service.md: it has the file for macOS and the command for Windows.',
  }),
  SYSTEMD_FAILED: ({ problem }) => ({
    message: `systemd did not do it: ${problem}`,
    hint: 'Is this a session of systemd? "systemctl --user status" says so.',
  }),
};

const BACKUP_WORDS: Readonly<Record<string, WordsOf>> = {
  NO_HOME: ({ home }) => ({
    message: `there is nothing to keep in ${home}: no peer ever ran there`,
  }),
  HOME_NOT_EMPTY: ({ home }) => ({
    message: `${home} is not empty, and nothing in it is overwritten`,
    hint: 'Choose a new folder with --home, or move that one away.',
  }),
  BACKUP_UNKNOWN: () => ({ message: 'this is no backup of Coequal, or one of a later version' }),
  BACKUP_DAMAGED: () => ({
    message: 'this backup is damaged or incomplete; nothing of it was restored',
    hint: 'Use another copy of it.',
  }),
  PASS_PHRASE_WRONG: () => ({
    message: 'this is not the right pass phrase, or what it seals is damaged',
    hint: 'Nobody can open it without the right one.',
  }),
  PASS_PHRASE_SHORT: ({ min }) => ({
    message: `a pass phrase has at least ${min} characters`,
    hint: 'Some words that do not belong together are easy to keep and hard to guess.',
  }),
};

const IMPORT_WORDS: Readonly<Record<string, WordsOf>> = {
  NO_FOREIGN_STATE: ({ path }) => ({
    message: path
      ? `${path} has no transfers of qBittorrent or Transmission`
      : 'no transfers of qBittorrent or Transmission were found in the usual places',
    hint: 'Give the folder in which it keeps them: BT_backup of qBittorrent, or the one that has "resume" and "torrents" of Transmission.',
  }),
  IMPORT_UNREADABLE: ({ why }) => ({
    message: `what the other program keeps of it cannot be read: ${why}`,
    hint: 'If that program still knows it, export the .torrent file there and add it here.',
  }),
  IMPORT_NO_TORRENT: () => ({
    message: 'its .torrent file is missing there',
    hint: 'Add it here by its magnet link or .torrent file, with the same folder.',
  }),
  IMPORT_ALREADY_HERE: () => ({ message: 'it is among the transfers already' }),
  IMPORT_BAD_PLACE: ({ path }) => ({
    message: path ? `${path} is no folder of this computer` : 'nothing says in which folder it is',
    hint: 'Add its .torrent file here, with the folder in which its content lies.',
  }),
  IMPORT_SCATTERED: ({ path }) => ({
    message: `its files do not lie together in a folder of their own, in ${path}`,
    hint: 'Put them into one folder as the torrent has them, with the other program, and look again.',
  }),
  IMPORT_DATA_MISSING: ({ path }) => ({
    message: `nothing of it lies at ${path}, so all of it would be fetched again`,
    hint: 'Is a disk not connected? Put the files back first, or take it over to fetch them anew.',
  }),
  IMPORT_FILES_MISSING: ({ count, path }) => ({
    message: `${count} of its files are missing in ${path}, and would be fetched again`,
    hint: 'Put them back first, or take it over to fetch them anew.',
  }),
  IMPORT_NOTHING_WANTED: () => ({
    message: 'none of its files is wanted there: it comes here paused, with all of them wanted',
  }),
  IMPORT_PRIVATE: ({ program }) => ({
    message: 'it is private: its tracker may not like two programs at once',
    hint: `Remove it in ${program}, and keep its files there, before it runs here.`,
  }),
  IMPORT_NOT_NAMED: ({ text }) => ({
    message: `nothing that can be taken over is named "${text}"`,
    hint: 'See "coequal import --dry-run". With --all, also what lacks files is taken.',
  }),
  IMPORT_PROGRAM_RUNS: ({ program }) => ({
    message: `${program} seems to run`,
    hint: 'Close it first: what it has not written yet is missing here, and two programs would change the same files.',
  }),
  IMPORT_TOO_MANY: ({ count }) => ({ message: `only the first ${count} are shown` }),
};

const CONTENT_WORDS: Readonly<Record<string, WordsOf>> = {
  MOVE_CANCELLED: ({ name }) => ({
    message: `the move of "${name}" was cancelled; it is where it was`,
  }),
  MOVE_TARGET_EXISTS: ({ path }) => ({
    message: `${path} is there already`,
    hint: 'Choose another folder, or move away what is there.',
  }),
  CONTENT_CHANGED: ({ path }) => ({
    message: `what is in ${path} is not what it was when it was complete`,
    hint: 'Check its files again (recheck) first: what is damaged is fetched anew. What you changed yourself, move by hand.',
  }),
  MOVE_INTO_ITSELF: ({ path }) => ({
    message: `a folder cannot be moved into itself: ${path}`,
    hint: 'Choose a folder beside it.',
  }),
  CONTENT_NOT_OPEN: () => ({
    message: 'the content is not open: its metadata are not known, or it is being checked',
    hint: 'Try again when it runs.',
  }),
  CONTENT_READ_ONLY: () => ({ message: 'this content is only served, and not changed' }),
  BAD_NAME: ({ name }) => ({
    message: `"${name}" cannot be a name on every system`,
    hint: 'Use no \\ / : * ? " < > |, and no space or dot at the end.',
  }),
  NAME_TAKEN: ({ path }) => ({
    message: `another file of the torrent has that name: ${path}`,
    hint: 'Choose another name.',
  }),
  OTHER_DISK: ({ path }) => ({ message: `${path} is on another disk` }),
  BAD_LIMIT: ({ name, rate }) => ({
    message: `${rate} is no limit for ${name}: at least one byte per second, or none`,
  }),
};

export const PEER_WORDS: Readonly<Record<string, WordsOf>> = {
  ...STATE_WORDS,
  ...REQUEST_WORDS,
  ...REMOTE_PAGE_WORDS,
  ...GUEST_WORDS,
  ...BACKUP_WORDS,
  ...SERVICE_WORDS,
  ...IMPORT_WORDS,
  ...CONTENT_WORDS,
};
