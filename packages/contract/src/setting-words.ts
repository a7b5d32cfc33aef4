/** What each setting does, in a sentence: for docs/settings.md. The page says it in its languages. */
import type { SettingKey } from './settings.ts';

export const SETTING_WORDS: Readonly<Record<SettingKey, string>> = {
  downloadDirectory: 'Folder for transfers that name no other. An absolute path.',
  uploadMax: 'Bytes per second sent by transfers, to contacts and to guests of links together.',
  downloadMax:
    'Bytes per second received by transfers, from contacts and from guests of links together.',
  scheduleIsOn: 'Whether other limits hold at certain times.',
  scheduleDays: 'Days of these times; 0 is Sunday.',
  scheduleFrom: 'When they begin, by the clock of the computer.',
  scheduleTo: 'When they end; on the next day, if that is not later.',
  scheduleUploadMax: 'As uploadMax, at these times.',
  scheduleDownloadMax: 'As downloadMax, at these times.',
  activeDownloadsMax: 'Transfers that fetch at a time; more wait for their turn.',
  activeSeedsMax: 'Transfers that pass on at a time.',
  addsPaused: 'Whether a new transfer waits for you.',
  ratioGoal: 'Passing on ends when so many times its size was given.',
  seedMinutesGoal: 'Passing on ends after so many minutes; what comes first.',
  freeSpaceMin: 'Bytes that stay free on the disk: below that nothing more is fetched.',
  watchDirectory: 'Folder whose .torrent files and magnet links are added. An absolute path.',
  listenPort: 'Port for peers; 0 takes any free one, and the same again next time.',
  transport: 'What peers are reached over.',
  usesDht: 'Whether peers are looked for in the DHT.',
  usesPex: 'Whether peers tell each other of peers.',
  usesLsd: 'Whether peers are looked for in the local network.',
  usesTrackers: 'Whether trackers are asked for peers.',
  mapsPorts: 'Whether the router is asked to let peers in.',
  dhtBootstrap:
    'Nodes of the DHT to begin with, HOST:PORT; null: those that others keep for everyone.',
  usesPeopleDht: 'Whether contacts are found over the Internet, in the directory called HyperDHT.',
  peopleBootstrap:
    'Nodes of HyperDHT to begin with, HOST:PORT; null: those that its makers keep for everyone.',
  findsPeopleNearby: 'Whether contacts in the same local network find this peer.',
  peoplePort: 'TCP and UDP port for contacts; 0 takes any free one, and the same again next time.',
  peoplePublicAddress:
    'IPv4 address at which everybody reaches this peer, at peoplePort: newcomers can begin here, and name it in their peopleBootstrap; null: it is found out, if there are others to ask.',
  helpsContacts:
    'Whether contacts who cannot reach each other may go through this peer, within limits.',
  invitationsNameHelpers:
    'Whether links of invitations name up to two helpers, own devices or contacts, through whom a guest gets in where nothing else works.',
  bind: 'Address or interface that everything leaves from, and nothing when it is gone.',
  speaksQbittorrent:
    'Whether apps made for qBittorrent can work with this peer (see docs/compatibility.md).',
  speaksTransmission:
    'Whether apps made for Transmission can work with this peer (see docs/compatibility.md).',
  pageReach:
    'Whether other devices can open the page: over https, or without encryption to addresses of the local network alone.',
  pageAddress: 'Address that it is open at; null: all of this computer.',
  pagePort: 'Port that it is open at; 0: 7228, or any free one if that is taken.',
  pageNames:
    'Names it may be opened under, besides the addresses and names of this computer: NAME, or NAME:PORT behind a router or a proxy.',
  pageCertificate:
    'File with a certificate, and those that vouch for it, in PEM; null: the peer makes one. An absolute path.',
  pageKey: 'File with the key of that certificate, in PEM. An absolute path.',
  pageServesPrograms:
    'Whether apps made for qBittorrent and Transmission can work with this peer from other devices, too.',
  language: 'Language of the page.',
  theme: 'Colours of the page.',
  singleKeys: 'Whether single keys do something on the page.',
};
