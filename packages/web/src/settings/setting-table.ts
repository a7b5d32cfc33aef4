/** Every setting: where it is shown, and how it is set. Its words are in the catalogs, under its key. */
import type { SettingKey } from '@coequal/contract';

export type Control =
  | { readonly type: 'switch' }
  | { readonly type: 'rate' }
  | { readonly type: 'size' }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  /** Empty: none. */
  | { readonly type: 'goal'; readonly digits: number }
  | { readonly type: 'folder'; readonly isOptional: boolean }
  | { readonly type: 'time' }
  | { readonly type: 'days' }
  | { readonly type: 'text' }
  | { readonly type: 'hosts' }
  /** As `hosts`; empty: an empty list. */
  | { readonly type: 'names' }
  | { readonly type: 'choice'; readonly options: readonly string[] };

export interface SettingGroup {
  readonly name:
    | 'page'
    | 'places'
    | 'speed'
    | 'schedule'
    | 'queue'
    | 'network'
    | 'devices'
    | 'people'
    | 'finding';
  readonly settings: readonly (readonly [SettingKey, Control])[];
}

const SWITCH: Control = { type: 'switch' };
const RATE: Control = { type: 'rate' };

export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    name: 'page',
    settings: [
      ['language', { type: 'choice', options: ['system', 'en', 'de', 'ar'] }],
      ['theme', { type: 'choice', options: ['system', 'light', 'dark'] }],
      ['singleKeys', SWITCH],
    ],
  },
  {
    name: 'places',
    settings: [
      ['downloadDirectory', { type: 'folder', isOptional: false }],
      ['watchDirectory', { type: 'folder', isOptional: true }],
      ['freeSpaceMin', { type: 'size' }],
    ],
  },
  {
    name: 'speed',
    settings: [
      ['downloadMax', RATE],
      ['uploadMax', RATE],
    ],
  },
  {
    name: 'schedule',
    settings: [
      ['scheduleIsOn', SWITCH],
      ['scheduleDays', { type: 'days' }],
      ['scheduleFrom', { type: 'time' }],
      ['scheduleTo', { type: 'time' }],
      ['scheduleDownloadMax', RATE],
      ['scheduleUploadMax', RATE],
    ],
  },
  {
    name: 'queue',
    settings: [
      ['activeDownloadsMax', { type: 'number', min: 1, max: 1_000 }],
      ['activeSeedsMax', { type: 'number', min: 0, max: 10_000 }],
      ['addsPaused', SWITCH],
      ['ratioGoal', { type: 'goal', digits: 2 }],
      ['seedMinutesGoal', { type: 'goal', digits: 0 }],
    ],
  },
  {
    name: 'network',
    settings: [
      ['listenPort', { type: 'number', min: 0, max: 65_535 }],
      ['transport', { type: 'choice', options: ['both', 'tcp', 'utp'] }],
      ['mapsPorts', SWITCH],
      ['bind', { type: 'text' }],
      ['speaksQbittorrent', SWITCH],
      ['speaksTransmission', SWITCH],
    ],
  },
  {
    name: 'devices',
    settings: [
      ['pageReach', { type: 'choice', options: ['off', 'https', 'http-on-trusted-lan'] }],
      ['pageAddress', { type: 'text' }],
      ['pagePort', { type: 'number', min: 0, max: 65_535 }],
      ['pageNames', { type: 'names' }],
      ['pageCertificate', { type: 'text' }],
      ['pageKey', { type: 'text' }],
      ['pageServesPrograms', SWITCH],
    ],
  },
  {
    name: 'people',
    settings: [
      ['usesPeopleDht', SWITCH],
      ['findsPeopleNearby', SWITCH],
      ['helpsContacts', SWITCH],
      ['invitationsNameHelpers', SWITCH],
      ['peoplePort', { type: 'number', min: 0, max: 65_535 }],
      ['peoplePublicAddress', { type: 'text' }],
      ['peopleBootstrap', { type: 'hosts' }],
    ],
  },
  {
    name: 'finding',
    settings: [
      ['usesDht', SWITCH],
      ['usesTrackers', SWITCH],
      ['usesPex', SWITCH],
      ['usesLsd', SWITCH],
      ['dhtBootstrap', { type: 'hosts' }],
    ],
  },
];
