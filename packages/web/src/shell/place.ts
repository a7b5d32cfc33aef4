/** Places in the page, and how an address names them. */

export const SCREENS = [
  'home',
  'transfers',
  'share',
  'reach',
  'doctor',
  'log',
  'settings',
  'import',
] as const;
export type ScreenName = (typeof SCREENS)[number];

export const DETAIL_TABS = [
  'overview',
  'files',
  'peers',
  'trackers',
  'pieces',
  'speed',
  'log',
] as const;
export type DetailTab = (typeof DETAIL_TABS)[number];

export interface Place {
  readonly screen: ScreenName;
  /** Of transfers. */
  readonly id?: string;
  readonly tab?: DetailTab;
}

export function parsePlace(hash: string): Place {
  const [first = '', id, last] = hash.replace(/^#\/?/, '').split('/');
  const screen = SCREENS.find((name) => name === first) ?? 'home';
  if (screen !== 'transfers' || id === undefined || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id))
    return { screen };
  return { screen, id, tab: DETAIL_TABS.find((tab) => tab === last) ?? 'overview' };
}

export function formatPlace({ screen, id, tab }: Place): string {
  return ['#', screen, id, id === undefined ? undefined : tab].filter(Boolean).join('/');
}
