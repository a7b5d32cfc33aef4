/** Which language the page speaks, and its messages. */
import { IntlMessageFormat } from 'intl-messageformat';
import type { Transfer } from '@coequal/contract';
import type { en } from './en/index.ts';
import { Format } from './format.ts';

export type MessageKey = keyof typeof en;
export type Catalog = Readonly<Record<MessageKey, string>>;
export type Values = Readonly<Record<string, string | number | boolean>>;
/** What the peer tells a person. */
export type Told = NonNullable<Transfer['reason']>;

export const LANGUAGES = ['en', 'de', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The setting, else the first of the browser's languages that the page speaks. */
export function chooseLanguage(setting: string, preferred: readonly string[]): Language {
  const wanted = setting === 'system' ? preferred : [setting];
  for (const tag of wanted) {
    const language = LANGUAGES.find((known) => known === tag.split('-')[0]);
    if (language !== undefined) return language;
  }
  return 'en';
}

/** With the browser's region, for numbers and dates: German is written otherwise in Switzerland. */
export function localeOf(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.split('-')[0] === language) ?? language;
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** Details that are told in bytes, and read better in larger units. */
const SIZES: ReadonlySet<string> = new Set([
  'bytesNeeded',
  'checked',
  'moved',
  'total',
  'free',
  'wanted',
]);

/** The messages of one language. */
export class Words {
  readonly language: Language;
  readonly format: Format;
  readonly #catalog: Catalog;
  readonly #compiled = new Map<string, IntlMessageFormat>();

  constructor(language: Language, catalog: Catalog, locale: string = language) {
    this.language = language;
    this.#catalog = catalog;
    this.format = new Format(locale);
  }

  get direction(): 'ltr' | 'rtl' {
    return directionOf(this.language);
  }

  readonly t = (key: MessageKey, values?: Values): string => {
    const text = this.#catalog[key];
    if (!text.includes('{') && !text.includes("'")) return text;
    return String(this.#message(key, text).format(this.#isolated(values ?? {})));
  };

  /** In this language if its code and details are known to the page, else as the peer put it. */
  readonly tell = ({ code, details, text }: Told): string =>
    this.#known(`reason.${code}`, details) ?? sentence(text);

  /** The peer's own is for who reads it in a terminal: of a code that the page knows, what it says itself is all. */
  readonly hint = ({ code, details, hint }: Told): string | undefined => {
    const known = this.#known(`hint.${code}`, details);
    const isSaid = known !== undefined || this.#known(`reason.${code}`, details) !== undefined;
    return isSaid || hint === undefined ? known : sentence(hint);
  };

  /** What is wrong with who is asked for peers: a clause, and by its details perhaps one that says more. */
  readonly problem = ({ code, details, text }: Told): string => {
    const variant = details['errno'] ?? details['scheme'];
    return (
      this.#known(`problem.${code}-${variant}`, details) ??
      this.#known(`problem.${code}`, details) ??
      text
    );
  };

  /** Names and paths have a direction of their own, and must not turn the words around them. */
  #isolated(values: Values): Values {
    if (this.direction === 'ltr') return values;
    const entries = Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? `\u2068${value}\u2069` : value,
    ]);
    return Object.fromEntries(entries) as Values;
  }

  #known(key: string, details: Values): string | undefined {
    if (!Object.hasOwn(this.#catalog, key)) return undefined;
    try {
      return this.t(key as MessageKey, this.#readable(details));
    } catch {
      // the peer, of another version, names other details than the message asks for
      return undefined;
    }
  }

  #readable(details: Values): Values {
    const entries = Object.entries(details).map(([name, value]) => [
      name,
      typeof value === 'number' ? this.#measured(name, value) : value,
    ]);
    return Object.fromEntries(entries) as Values;
  }

  #measured(name: string, value: number): string | number {
    if (SIZES.has(name)) return this.format.bytes(value);
    return name === 'seconds' ? (this.format.duration(value) ?? value) : value;
  }

  #message(key: string, text: string): IntlMessageFormat {
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const made = new IntlMessageFormat(text, this.format.locale, undefined, { ignoreTag: true });
    this.#compiled.set(key, made);
    return made;
  }
}

/** The peer's texts begin small, as parts of a line in a terminal. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
