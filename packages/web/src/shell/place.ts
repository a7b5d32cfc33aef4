/** Places in the page, and how an address names them. */

export const SCREENS = [
  'home',
  'transfers',
  'share',
  'people',
  'handover',
  'seen',
  'me',
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

export const HANDOVER_PARTS = ['inbox', 'sent', 'links'] as const;
export type HandoverPart = (typeof HANDOVER_PARTS)[number];

export interface Place {
  readonly screen: ScreenName;
  /** Of transfers. */
  readonly id?: string;
  readonly tab?: DetailTab;
  /** Of people: one of them. */
  readonly person?: string;
  /** Of handover. */
  readonly part?: HandoverPart;
}

export function parsePlace(hash: string): Place {
  const [first = '', id, last] = hash.replace(/^#\/?/, '').split('/');
  const screen = SCREENS.find((name) => name === first) ?? 'home';
  if (screen === 'people' && id !== undefined && /^[0-9a-f]{64}$/.test(id))
    return { screen, person: id };
  const part = HANDOVER_PARTS.find((name) => name === id);
  if (screen === 'handover' && part !== undefined) return { screen, part };
  if (screen !== 'transfers' || id === undefined || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id))
    return { screen };
  return { screen, id, tab: DETAIL_TABS.find((tab) => tab === last) ?? 'overview' };
}

export function formatPlace({ screen, id, tab, person, part }: Place): string {
  const rest = [id ?? person ?? part, id === undefined ? undefined : tab];
  return ['#', screen, ...rest].filter(Boolean).join('/');
}
