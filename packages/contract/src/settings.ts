/** What a person can set of a running peer: one table, from which configuration, API and page are made. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, Count, Path, Rate } from './fields.ts';
import { PAGE_REACHES } from './remote-page.ts';

const TIME_OF_DAY = '^([01][0-9]|2[0-3]):[0-5][0-9]$';
/** An address literal: what else it may be, the system says when it listens there. */
const ADDRESS = '^[0-9A-Fa-f:.]{2,45}$';
/** A host name, with the port at which a router or a proxy lets others in, if that is another one. */
const PAGE_NAME = '^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$';
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `^${BYTE}(\\.${BYTE}){3}$`;
const HOST_PORT = '^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:\\[\\]]{1,255}):[0-9]{1,5}$';

/** Keys are those of `config.toml`, of the API, and, in capitals after `COEQUAL_`, of the environment. */
export const Settings = Type.Object(
  {
    /** Where transfers go unless told otherwise. */
    downloadDirectory: Path,
    uploadMax: Rate,
    downloadMax: Rate,

    /** Other limits, at certain times. */
    scheduleIsOn: Type.Boolean(),
    /** 0 is Sunday. */
    scheduleDays: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { maxItems: 7 }),
    /** Of the peer's own clock. When `scheduleTo` is not later, it ends on the next day. */
    scheduleFrom: Type.String({ pattern: TIME_OF_DAY }),
    scheduleTo: Type.String({ pattern: TIME_OF_DAY }),
    scheduleUploadMax: Rate,
    scheduleDownloadMax: Rate,

    /** How many may fetch, and pass on, at a time; more wait. */
    activeDownloadsMax: Type.Integer({ minimum: 1, maximum: 1_000 }),
    activeSeedsMax: Type.Integer({ minimum: 0, maximum: 10_000 }),
    /** A new transfer waits for a person. */
    addsPaused: Type.Boolean(),
    /** When passing on ends; what comes first. */
    ratioGoal: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    seedMinutesGoal: Type.Union([Count, Type.Null()]),
    /** Below it nothing more is fetched. */
    freeSpaceMin: Bytes,
    /** .torrent files and magnet links that are put there are added. */
    watchDirectory: Type.Union([Path, Type.Null()]),

    /** 0: any free one, the same again if it can be had. */
    listenPort: Type.Integer({ minimum: 0, maximum: 65_535 }),
    transport: Type.Enum(['tcp', 'utp', 'both']),
    usesDht: Type.Boolean(),
    usesPex: Type.Boolean(),
    usesLsd: Type.Boolean(),
    usesTrackers: Type.Boolean(),
    mapsPorts: Type.Boolean(),
    /** `null`: the nodes that others keep for everyone. */
    dhtBootstrap: Type.Union([
      Type.Array(Type.String({ pattern: HOST_PORT }), { maxItems: 50 }),
      Type.Null(),
    ]),
    /** How contacts find each other, once this peer has an identity. */
    usesPeopleDht: Type.Boolean(),
    /** `null`: the nodes that the makers of HyperDHT keep for everyone. */
    peopleBootstrap: Type.Union([
      Type.Array(Type.String({ pattern: HOST_PORT }), { maxItems: 50 }),
      Type.Null(),
    ]),
    findsPeopleNearby: Type.Boolean(),
    /** Of TCP and UDP. 0: any free one, the same again if it can be had. */
    peoplePort: Type.Integer({ minimum: 0, maximum: 65_535 }),
    /** IPv4, at which everybody reaches that port: newcomers can begin here. */
    peoplePublicAddress: Type.Union([Type.String({ pattern: IPV4 }), Type.Null()]),
    /** Passes on between contacts who do not reach each other, within limits. */
    helpsContacts: Type.Boolean(),
    /** Invitations say at whose computers this one can be called; else they name nobody. */
    invitationsNameHelpers: Type.Boolean(),
    /** The address or the interface that everything leaves from. */
    bind: Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]),

    /** What other programs' remote controls speak, each off until it is wanted. */
    speaksQbittorrent: Type.Boolean(),
    speaksTransmission: Type.Boolean(),

    /** The page on other devices, closed until a person opens it. */
    pageReach: Type.Enum([...PAGE_REACHES]),
    /** `null`: all addresses of this computer. */
    pageAddress: Type.Union([Type.String({ pattern: ADDRESS }), Type.Null()]),
    /** 0: the usual one, or any free one if that is taken. */
    pagePort: Type.Integer({ minimum: 0, maximum: 65_535 }),
    /** Names under which it may be asked for, besides the computer's own. */
    pageNames: Type.Array(Type.String({ pattern: PAGE_NAME }), { maxItems: 20 }),
    /** Files in PEM, instead of those that the peer makes: both or none. */
    pageCertificate: Type.Union([Path, Type.Null()]),
    pageKey: Type.Union([Path, Type.Null()]),
    /** What `speaks…` switched on, for programs on other devices, too. */
    pageServesPrograms: Type.Boolean(),

    /** Of the page. */
    language: Type.Enum(['system', 'en', 'de', 'ar']),
    theme: Type.Enum(['system', 'light', 'dark']),
    /** Single keys do something (WCAG 2.1.4). */
    singleKeys: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
export type SettingKey = keyof Settings;

/** But the folder, which depends on the system. */
export const SETTING_DEFAULTS: Omit<Settings, 'downloadDirectory'> = {
  uploadMax: null,
  downloadMax: null,
  scheduleIsOn: false,
  scheduleDays: [1, 2, 3, 4, 5],
  scheduleFrom: '08:00',
  scheduleTo: '20:00',
  scheduleUploadMax: 100_000,
  scheduleDownloadMax: 1_000_000,
  activeDownloadsMax: 5,
  activeSeedsMax: 50,
  addsPaused: false,
  ratioGoal: null,
  seedMinutesGoal: null,
  freeSpaceMin: 1_000_000_000,
  watchDirectory: null,
  listenPort: 0,
  transport: 'both',
  usesDht: true,
  usesPex: true,
  usesLsd: true,
  usesTrackers: true,
  mapsPorts: true,
  dhtBootstrap: null,
  usesPeopleDht: true,
  peopleBootstrap: null,
  findsPeopleNearby: true,
  peoplePort: 0,
  peoplePublicAddress: null,
  helpsContacts: true,
  invitationsNameHelpers: true,
  bind: null,
  speaksQbittorrent: false,
  speaksTransmission: false,
  pageReach: 'off',
  pageAddress: null,
  pagePort: 0,
  pageNames: [],
  pageCertificate: null,
  pageKey: null,
  pageServesPrograms: false,
  language: 'system',
  theme: 'system',
  singleKeys: true,
};

/** Who has the last word on a setting. What is not of the page, the page cannot change. */
export const SETTING_ORIGINS = ['default', 'page', 'config.toml', 'environment', 'flag'] as const;
export const SettingOrigin = Type.Enum([...SETTING_ORIGINS]);
export type SettingOrigin = Static<typeof SettingOrigin>;

export const SettingsReport = Type.Object({
  values: Settings,
  defaults: Settings,
  origins: Type.Record(Type.String(), SettingOrigin),
});
export type SettingsReport = Static<typeof SettingsReport>;

/** `null` is a value; what is to be as by default again is named in `reset`. */
export const ChangeSettings = Type.Object(
  {
    values: Type.Partial(Settings),
    reset: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
  },
  { additionalProperties: false },
);
export type ChangeSettings = Static<typeof ChangeSettings>;
