/** The page's own pictures: lines in a square of 24, in the colour of the text around them. */

const PATHS = {
  home: 'M4 11.5 12 5l8 6.5M6 10v9h4.5v-5h3v5H18v-9',
  transfers: 'M8 4v14m0 0-3.5-3.5M8 18l3.5-3.5M16 20V6m0 0-3.5 3.5M16 6l3.5 3.5',
  share: 'M12 15V4m0 0L8 8m4-4 4 4M5 13v6h14v-6',
  reach:
    'M12 12.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm0 0V20M8.2 14.8a5.4 5.4 0 0 1 0-7.6m7.6 0a5.4 5.4 0 0 1 0 7.6M5.4 17.6a9.4 9.4 0 0 1 0-13.2m13.2 0a9.4 9.4 0 0 1 0 13.2',
  doctor: 'M4 12h4l2-5 4 10 2-5h4',
  log: 'M6 5h12M6 10h12M6 15h8M6 20h5',
  settings:
    'M4 7h9m5 0h2M4 17h3m5 0h8M15.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-6 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  more: 'M5.5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Zm6.5 0a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Zm6.5 0a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z',
  add: 'M12 5v14M5 12h14',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20',
  close: 'm6 6 12 12M18 6 6 18',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  pause: 'M8.5 6v12M15.5 6v12',
  play: 'M8 5.5v13l10.5-6.5L8 5.5Z',
  remove: 'M5 7h14M10 7V5h4v2m-7 0 1 12h8l1-12M10.5 11v5m3-5v5',
  down: 'M12 5v14m0 0-5-5m5 5 5-5',
  up: 'M12 19V5m0 0-5 5m5-5 5 5',
  folder: 'M4 7v11h16V9h-8l-2-2H4Z',
  file: 'M7 4h7l4 4v12H7V4Zm7 0v4h4',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  rename: 'M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4',
  copy: 'M9 9h10v10H9V9Zm-4 6V5h10',
  warn: 'M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5m0 2.5v.01',
  wait: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12.5V12l3 2',
  info: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-9v5m0-8.2v.01',
  chevron: 'm9 6 6 6-6 6',
  back: 'm15 6-6 6 6 6',
  expand: 'm6 9 6 6 6-6',
  lock: 'M7 11h10v8H7v-8Zm2 0V8a3 3 0 0 1 6 0v3',
  reset: 'M5 12a7 7 0 1 0 2.2-5.1M5 4.5V8h3.5',
  filter: 'M4 6h16M7 12h10M10 18h4',
  tag: 'M4 4h8l8 8-8 8-8-8V4Zm4.5 4.5h.01',
  check_all: 'm3 12.5 4 4L15 8m-4 8.5L19.5 8',
  help: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm-2.2-10a2.3 2.3 0 1 1 3.4 2c-.8.5-1.2 1-1.2 1.8m0 2.4v.01',
  phone: 'M8 3.5h8v17H8v-17Zm3 14.5h2',
  people:
    'M9 11.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 19a5.5 5.5 0 0 1 11 0m1-7.6a3 3 0 0 0 0-5.8m2 8.3A5.5 5.5 0 0 1 20.5 19',
  handover: 'M4 9h13m0 0-3.5-3.5M17 9l-3.5 3.5M20 15.5H7m0 0L10.5 12M7 15.5l3.5 3.5',
  eye: 'M3 12c2-4 5.2-6 9-6s7 2 9 6c-2 4-5.2 6-9 6s-7-2-9-6Zm9 2.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
} as const;

export type IconName = keyof typeof PATHS;

/** Those that point along the line of reading. */
const MIRRORED: ReadonlySet<IconName> = new Set(['chevron', 'back', 'log']);

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className={MIRRORED.has(name) ? 'icon mirrored' : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="logo">
      <circle cx="11.5" cy="16" r="9.5" className="logo-one" />
      <circle cx="20.5" cy="16" r="9.5" className="logo-other" />
      <path d="M16 7.63a9.5 9.5 0 0 1 0 16.74 9.5 9.5 0 0 1 0-16.74Z" className="logo-both" />
    </svg>
  );
}
