/** What a browser says it is, in two words that a person knows their device by. */

/** A name that nobody reads to the end, kept and shown. */
const AGENT_LENGTH_MAX = 300;

/** In this order: each also says that it is what stands below it. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|OPT|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\bCriOS\/|\bChrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'Chromebook'],
  [/\bLinux\b/, 'Linux'],
];

/** As it is kept: bounded, and without what a terminal or a log would take for more than text. */
export function keptAgent(userAgent: string | undefined): string {
  return (userAgent ?? '').replaceAll(/[^\x20-\x7e]/g, '').slice(0, AGENT_LENGTH_MAX);
}

/** Such as `Firefox, Android`; empty when nothing of it is known. */
export function browserName(agent: string): string {
  const named = [BROWSERS, SYSTEMS].map(
    (table) => table.find(([pattern]) => pattern.test(agent))?.[1],
  );
  return named.filter((name) => name !== undefined).join(', ');
}
