/** The page that guests see: HTML made here, whole without a script. */
import { GUEST_LANGUAGES, WORDS, dateIn, filesIn, sizeIn } from './guest-words.ts';
import type { GuestLanguage, GuestProblem } from './guest-words.ts';
import { percentEncoded } from './guest-names.ts';

/** Lines that a phone shows at once; what is more is in the ZIP file. */
const FILES_SHOWN_MAX = 1_000;

export interface GuestPage {
  readonly title: string;
  /** By their numbers. */
  readonly files: readonly { readonly name: string; readonly length: number }[];
  readonly zipName: string;
  readonly zipLength: number;
  readonly expiresAt: number;
  /** Undefined: nothing can be sent here. */
  readonly uploadBytesMax: number | undefined;
  readonly encryption: 'none' | 'own-certificate' | 'certificate';
}

export function guestPage(page: GuestPage, language: GuestLanguage): string {
  const words = WORDS[language];
  const { files, title, expiresAt } = page;
  const size = sizeIn(
    language,
    files.reduce((sum, { length }) => sum + length, 0),
  );
  const offered =
    files.length === 0
      ? words.empty
      : fill(words.offered, { files: filesIn(language, files.length), size });
  const parts = [
    `<h1><bdi>${escaped(title)}</bdi></h1>`,
    `<p>${escaped(offered)}</p>`,
    ...(files.length > 0
      ? [
          `<p class="quiet">${escaped(fill(words.until, { date: dateIn(language, expiresAt) }))}</p>`,
        ]
      : []),
    ...filesOf(page, language),
    ...uploadOf(page, language),
  ];
  const notes = [
    ...(page.encryption === 'none' ? [words.plain] : []),
    ...(page.encryption === 'own-certificate' ? [words.ownCertificate] : []),
    words.trust,
  ];
  const footer = notes.map((note) => `<p>${escaped(note)}</p>`).join('\n');
  return documentOf(title, language, parts.join('\n'), footer, page.uploadBytesMax !== undefined);
}

/** Without anything of a link: who does not have one learns nothing here. */
export function problemPage(problem: GuestProblem, language: GuestLanguage): string {
  const words = WORDS[language];
  const main = `<h1>${escaped(words.sorry)}</h1>\n<p>${escaped(words.problems[problem])}</p>`;
  return documentOf(words.sorry, language, main, '', false);
}

function filesOf(
  { files, zipName, zipLength }: GuestPage,
  language: GuestLanguage,
): readonly string[] {
  const words = WORDS[language];
  const [only] = files;
  if (only === undefined) return [];
  const button = (href: string, label: string, length: number): string =>
    `<p><a class="button" href="${href}" download>${escaped(label)} <span class="size">${escaped(sizeIn(language, length))}</span></a></p>`;
  const resume = `<p class="quiet">${escaped(words.resume)}</p>`;
  if (files.length === 1) {
    const name = `<p class="name"><bdi>${escaped(only.name)}</bdi></p>`;
    return [name, button(fileHref(0, only.name), words.download, only.length), resume];
  }
  const lines = files
    .slice(0, FILES_SHOWN_MAX)
    .map(
      ({ name, length }, number) =>
        `<li><a href="${fileHref(number, name)}" download><bdi>${escaped(name)}</bdi></a> <span class="size">${escaped(sizeIn(language, length))}</span></li>`,
    );
  const left = files.length - lines.length;
  const more = fill(words.more, { files: filesIn(language, left) });
  return [
    button(`zip/${percentEncoded(zipName)}`, words.downloadAll, zipLength),
    resume,
    `<h2>${escaped(words.each)}</h2>`,
    `<ul class="files">\n${lines.join('\n')}\n</ul>`,
    ...(left > 0 ? [`<p>${escaped(more)}</p>`] : []),
  ];
}

function uploadOf({ uploadBytesMax }: GuestPage, language: GuestLanguage): readonly string[] {
  if (uploadBytesMax === undefined) return [];
  const words = WORDS[language];
  const help = fill(words.uploadHelp, { size: sizeIn(language, uploadBytesMax) });
  const said = [
    ['waiting', words.waiting],
    ['sending', words.sending],
    ['sent', words.sent],
    ['interrupted', words.interrupted],
    ['failed', words.problems.failed],
  ].map(([name, text = '']) => `data-${name}="${escaped(text)}"`);
  return [
    `<section id="upload" ${said.join(' ')}>`,
    `<h2>${escaped(words.upload)}</h2>`,
    `<p>${escaped(help)}</p>`,
    `<noscript><p class="note">${escaped(words.noScript)}</p></noscript>`,
    `<p hidden id="chooser"><label class="button second" for="chosen">${escaped(words.choose)}</label>`,
    `<input id="chosen" type="file" multiple></p>`,
    `<ul class="files" id="uploads" aria-live="polite"></ul>`,
    `</section>`,
  ];
}

function documentOf(
  title: string,
  language: GuestLanguage,
  main: string,
  footer: string,
  hasScript: boolean,
): string {
  const words = WORDS[language];
  const others = GUEST_LANGUAGES.map((each) =>
    each === language
      ? `<span aria-current="true">${WORDS[each].name}</span>`
      : `<a href="?lang=${each}" lang="${each}" hreflang="${each}">${WORDS[each].name}</a>`,
  );
  return `<!doctype html>
<html lang="${language}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_PATH}">
${hasScript ? `<script src="${SCRIPT_PATH}" defer></script>` : ''}
</head>
<body>
<nav aria-label="${escaped(words.languages)}">${others.join(' ')}</nav>
<main>
${main}
</main>
<footer>
${footer}
</footer>
</body>
</html>
`;
}

/** From the root: a page that says what is wrong may stand at any depth. */
export const STYLE_PATH = '/guest.css';
export const SCRIPT_PATH = '/guest.js';

/** The number alone says which file it is; the name is for who saves it. */
function fileHref(number: number, name: string): string {
  return `f/${number}/${percentEncoded(name.slice(name.lastIndexOf('/') + 1))}`;
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (each) => ENTITIES[each] ?? '');
}
