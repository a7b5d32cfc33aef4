/** Numbers, sizes, speeds and times as one language writes them. */

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
/** More digits of a small unit tell nothing. */
const SIZE_DIGITS = [0, 0, 1, 2, 2, 2] as const;
const TIME_UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;
const MINUTE_MS = 60_000;
/** Longer than anybody waits for a transfer. */
const DURATION_MAX_SECONDS = 365 * 86_400;

export class Format {
  readonly locale: string;
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  readonly #dates = new Map<string, Intl.DateTimeFormat>();
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #list: Intl.ListFormat;

  constructor(locale: string) {
    this.locale = locale;
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
    this.#list = new Intl.ListFormat(locale, { type: 'unit', style: 'short' });
  }

  /** One after the other, with the commas of the language. */
  list(parts: readonly string[]): string {
    return this.#list.format(parts);
  }

  number(value: number, digits = 0): string {
    return this.#number(`n${digits}`, { maximumFractionDigits: digits }).format(value);
  }

  /** Never "100 %" before all is there. */
  percent(part: number, whole: number): string {
    const share = whole <= 0 ? 0 : Math.min(part / whole, 1);
    const digits = share > 0 && share < 0.1 ? 1 : 0;
    const shown = share < 1 ? Math.min(Math.floor(share * 1_000) / 1_000, 0.99) : 1;
    return this.#number(`p${digits}`, { style: 'percent', maximumFractionDigits: digits }).format(
      shown,
    );
  }

  bytes(value: number): string {
    return this.#size(value, '');
  }

  rate(value: number): string {
    return this.#size(value, '-per-second');
  }

  ratio(value: number): string {
    return this.#number('ratio', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(
      value,
    );
  }

  /** The two largest units: `2 h 5 min`. Undefined: longer than it makes sense to say. */
  duration(seconds: number): string | undefined {
    if (seconds > DURATION_MAX_SECONDS) return undefined;
    const first = TIME_UNITS.findIndex(([, length]) => seconds >= length);
    if (first < 0) return this.#time(0, 'second');
    const parts: string[] = [];
    let rest = Math.floor(seconds);
    for (const [unit, length] of TIME_UNITS.slice(first, first + 2)) {
      const count = Math.floor(rest / length);
      rest -= count * length;
      if (count > 0) parts.push(this.#time(count, unit));
    }
    return parts.join(' ');
  }

  /** The largest unit alone: `2 h`. */
  shortDuration(seconds: number): string {
    const [unit, length] = TIME_UNITS.find((one) => seconds >= one[1]) ?? (['second', 1] as const);
    return this.#time(Math.round(seconds / length), unit);
  }

  /** `5 min ago`, and the day when it is long ago. */
  ago(at: number, now: number): string {
    const minutes = Math.round((now - at) / MINUTE_MS);
    if (minutes < 1) return this.#relative.format(0, 'second');
    if (minutes < 60) return this.#relative.format(-minutes, 'minute');
    if (minutes < 24 * 60) return this.#relative.format(-Math.round(minutes / 60), 'hour');
    return this.date(at);
  }

  date(at: number): string {
    return this.#date('date', { dateStyle: 'medium' }).format(at);
  }

  dateTime(at: number): string {
    return this.#date('full', { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  }

  time(at: number): string {
    return this.#date('time', { timeStyle: 'medium' }).format(at);
  }

  /** 0 is Sunday. */
  weekday(day: number): string {
    // 4 January 1970 was a Sunday
    const at = Date.UTC(1970, 0, 4 + day);
    return this.#date('weekday', { weekday: 'short', timeZone: 'UTC' }).format(at);
  }

  #size(value: number, per: '' | '-per-second'): string {
    // nothing is nothing in any unit; in this one it looks like its neighbours
    let power = value === 0 ? 1 : 0;
    let scaled = value;
    while (scaled >= 999.5 && power < SIZE_UNITS.length - 1) {
      scaled /= 1_000;
      power += 1;
    }
    const unit = `${SIZE_UNITS[power]}${per}`;
    const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
    const maximumFractionDigits = Math.min(digits, SIZE_DIGITS[power] ?? 0);
    const key = `${unit}${maximumFractionDigits}`;
    return this.#number(key, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits,
    }).format(scaled);
  }

  #time(value: number, unit: string): string {
    return this.#number(unit, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  }

  #number(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const made = new Intl.NumberFormat(this.locale, options);
    this.#numbers.set(key, made);
    return made;
  }

  #date(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const known = this.#dates.get(key);
    if (known !== undefined) return known;
    const made = new Intl.DateTimeFormat(this.locale, options);
    this.#dates.set(key, made);
    return made;
  }
}
