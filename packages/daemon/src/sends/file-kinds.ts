/** What a file is by its name, and what to be careful with: the kinds that Windows, macOS and Linux run. */
import type { FileWarning } from '@coequal/contract';
import type { ArchiveForm } from './archive/archive-names.ts';

/** As FILE_KINDS of the contract; their order is that of the wire. */
export const KINDS = [
  'picture',
  'video',
  'sound',
  'document',
  'archive',
  'program',
  'other',
] as const;
export type FileKind = (typeof KINDS)[number];

type Harmless = Exclude<FileKind, 'program' | 'other'>;
type Risk = Extract<FileWarning, 'PROGRAM' | 'SCRIPT' | 'MACROS' | 'LAUNCHER'>;

const HARMLESS: Readonly<Record<Harmless, string>> = {
  picture:
    'avif arw bmp cr2 cr3 dng gif heic heif ico jpeg jpg jxl nef png psd raw svg tif tiff webp xcf',
  video: '3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv',
  sound: 'aac aif aiff flac m4a m4b mid midi mp3 oga ogg opus wav wma',
  document:
    'csv doc docx epub key md numbers odp ods odt pages pdf ppt pptx rtf srt tex txt vtt xls xlsx',
  archive:
    '7z ace arj bz2 cab cb7 cbr cbt cbz gz lha lz lz4 lzh lzma rar tar tbz tbz2 tgz tlz txz tzst xz z zip zst',
};

const RISKS: Readonly<Record<Risk, string>> = {
  // programs, libraries and packages: Windows; macOS; Linux; several systems
  PROGRAM:
    'appx appxbundle com cpl dll drv exe gadget msi msix msixbundle msp mst ocx pif scr sys xll ' +
    'app bundle dylib kext mpkg osax pkg prefpane qlgenerator saver ' +
    'appimage deb elf flatpak ko rpm run snap so ' +
    'apk class ear ipa jar war wasm xpi crx',
  // text that a shell, an interpreter or a browser runs
  SCRIPT:
    'bat cmd hta inf js jse mjs cjs msc ps1 ps1xml ps2 psc1 psd1 psm1 reg sct shb vb vbe vbs ws wsc wsf wsh ' +
    'action applescript command scpt scptd tool workflow ' +
    'awk bash csh expect fish ksh lua php pl pm py pyc pyo pyw pyz rb sh tcl zsh ' +
    'htm html mht mhtml shtml xhtml',
  // documents that can hold programs; the old forms of Office all can
  MACROS:
    'accda accdb accde accdr ade adp doc docm dot dotm iqy mda mdb mde mdw pot potm ppa ppam pps ppsm ppt pptm ' +
    'sldm slk wll xla xlam xls xlsb xlsm xlt xltm xlw',
  // shortcuts, disks that open themselves, and what has another program or the system change something
  LAUNCHER:
    'appinstaller appref-ms application chm diagcab fileloc flatpakref hlp img inetloc iso jnlp job library-ms lnk ' +
    'mobileconfig desktop dmg rdp scf search-ms searchconnector-ms settingcontent-ms sparsebundle sparseimage ' +
    'terminal theme themepack url vhd vhdx webloc website wim',
};

const KIND_OF: ReadonlyMap<string, Harmless> = tableOf(HARMLESS);
const RISK_OF: ReadonlyMap<string, Risk> = tableOf(RISKS);

/** Marks that set the reading order of what follows; those that only say which way a sign goes are in honest names. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/u;

function kindOf(name: string): FileKind {
  const extension = extensionOf(name);
  const risk = RISK_OF.get(extension);
  if (risk === 'PROGRAM' || risk === 'SCRIPT') return 'program';
  return KIND_OF.get(extension) ?? 'other';
}

/** How many there are of each, in the order of KINDS. */
export function countKinds(names: Iterable<string>): number[] {
  const counts = KINDS.map(() => 0);
  for (const name of names) {
    const at = KINDS.indexOf(kindOf(name));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/**
 * Of a file below the name of what was sent, that name included. `raw`: as the sender wrote it; `safe`: as it is kept.
 * Folders count, too: on macOS a program is a folder, and it is opened as one thing.
 */
export function warningsOf(raw: readonly string[], safe: readonly string[]): FileWarning[] {
  const found = new Set<FileWarning>();
  const name = safe.at(-1) ?? '';
  const risk = RISK_OF.get(extensionOf(name));
  if (risk !== undefined) found.add(risk);
  for (const folder of safe.slice(0, -1)) {
    const folderRisk = RISK_OF.get(extensionOf(folder));
    if (folderRisk === 'PROGRAM' || folderRisk === 'SCRIPT') found.add(folderRisk);
  }
  if (risk !== undefined && risk !== 'MACROS' && pretends(name)) found.add('DOUBLE_EXTENSION');
  if (raw.some((part) => TURNING.test(part))) found.add('TURNED_NAME');
  else if (raw.join('/') !== safe.join('/')) found.add('NAME_CHANGED');
  return [...found];
}

/** Whether a name alone says that something runs: what its beginning says then is no surprise. */
export function admitsToRun(name: string): boolean {
  return RISK_OF.has(extensionOf(name));
}

const FORM_OF: ReadonlyMap<string, ArchiveForm> = tableOf<ArchiveForm>({
  zip: 'zip cbz',
  tar: 'tar cbt',
  gz: 'gz tgz',
  zst: 'zst tzst',
  rar: 'rar cbr',
  '7z': '7z cb7',
  closed: 'ace arj bz2 cab lha lz lz4 lzh lzma tbz tbz2 tlz txz xz z',
});

/** Undefined: it is no archive by its name. */
export function archiveFormOf(name: string): ArchiveForm | undefined {
  return FORM_OF.get(extensionOf(name));
}

/** What a compressed file is called once it is unpacked. */
export function stemOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

/** `holiday.jpg.exe`, also with a row of spaces before the last part. */
function pretends(name: string): boolean {
  const stem = name.slice(0, name.lastIndexOf('.')).trimEnd();
  return KIND_OF.has(extensionOf(stem));
}

/** In lower case; Windows passes over dots and spaces at the end. Empty when there is none. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0
    ? ''
    : name
        .slice(dot + 1)
        .trim()
        .toLowerCase();
}

function tableOf<Name extends string>(table: Readonly<Record<Name, string>>): Map<string, Name> {
  const entries = Object.entries(table) as [Name, string][];
  return new Map(
    entries.flatMap(([name, list]) => list.split(' ').map((each): [string, Name] => [each, name])),
  );
}
