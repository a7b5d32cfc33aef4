/** What guests read, in three languages. They do not know the program: no word of it is taken for granted. */

export const GUEST_LANGUAGES = ['en', 'de', 'ar'] as const;
export type GuestLanguage = (typeof GUEST_LANGUAGES)[number];

/** Of problems that a guest is told of, on a page of their own or beside an upload. */
export type GuestProblem =
  | 'unknown'
  | 'ended'
  | 'used-up'
  | 'stopped'
  | 'changed'
  | 'too-many-tries'
  | 'refused'
  | 'busy'
  | 'no-uploads'
  | 'no-length'
  | 'too-long'
  | 'too-many'
  | 'no-space'
  | 'failed';

interface GuestWords {
  /** Of itself, for the switch. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  readonly languages: string;
  readonly files: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & {
    readonly other: string;
  };
  readonly offered: string;
  readonly empty: string;
  readonly until: string;
  readonly download: string;
  readonly downloadAll: string;
  readonly each: string;
  readonly more: string;
  readonly resume: string;
  readonly upload: string;
  readonly uploadHelp: string;
  readonly choose: string;
  readonly noScript: string;
  readonly waiting: string;
  readonly sending: string;
  readonly sent: string;
  readonly interrupted: string;
  readonly plain: string;
  readonly ownCertificate: string;
  readonly trust: string;
  readonly sorry: string;
  readonly problems: Readonly<Record<GuestProblem, string>>;
}

const EN: GuestWords = {
  name: 'English',
  direction: 'ltr',
  languages: 'Language',
  files: { one: '{n} file', other: '{n} files' },
  offered:
    'Somebody gives you {files}, {size} together. They come straight from that person’s computer.',
  empty: 'Somebody asks you for files. They go straight to that person’s computer.',
  until: 'You can get them until {date}.',
  download: 'Download',
  downloadAll: 'Download all as one ZIP file',
  each: 'Each file by itself',
  more: 'and {files} more, in the ZIP file',
  resume:
    'A download that breaks off can go on where it was: press “resume” in the list of downloads.',
  upload: 'Send files back',
  uploadHelp: 'Up to {size}. The person you send them to decides what becomes of them.',
  choose: 'Choose files',
  noScript: 'To send files from here, your browser has to allow scripts on this page.',
  waiting: 'waiting',
  sending: 'sending',
  sent: 'it is there',
  interrupted: 'interrupted: it is tried again',
  plain: 'This connection is not encrypted: others in the same network can see what you get.',
  ownCertificate:
    'This connection is encrypted. The certificate was made by the other computer itself, which is why your browser warned.',
  trust: 'Open only what you expect, from somebody you know.',
  sorry: 'That does not work',
  problems: {
    unknown: 'There is nothing here. Look whether the whole link was copied.',
    ended: 'This link has ended. Ask whoever gave it to you for a new one.',
    'used-up':
      'This link has been used as often as it may be. Ask whoever gave it to you for a new one.',
    stopped: 'The person who gave you this link has stopped it for you.',
    changed:
      'These files were changed after the link was made, so they are not given any more. Ask for a new link.',
    'too-many-tries': 'There were too many wrong links from your network. Wait a minute.',
    refused: 'This request is not understood here.',
    busy: 'Too much is going on here at once. Try again in a moment.',
    'no-uploads': 'No files can be sent by this link.',
    'no-length': 'It must be said how long the file is before it is sent.',
    'too-long': 'This is more than may be sent by this link.',
    'too-many': 'These are more files than may be sent by this link.',
    'no-space': 'There is not enough space on the other computer.',
    failed: 'The other computer could not keep it. Try again later.',
  },
};

const DE: GuestWords = {
  name: 'Deutsch',
  direction: 'ltr',
  languages: 'Sprache',
  files: { one: '{n} Datei', other: '{n} Dateien' },
  offered:
    'Jemand gibt dir {files}, zusammen {size}. Sie kommen direkt vom Computer dieser Person.',
  empty: 'Jemand bittet dich um Dateien. Sie gehen direkt an den Computer dieser Person.',
  until: 'Du kannst sie bis {date} holen.',
  download: 'Herunterladen',
  downloadAll: 'Alles als eine ZIP-Datei herunterladen',
  each: 'Jede Datei einzeln',
  more: 'und {files} mehr, in der ZIP-Datei',
  resume:
    'Bricht ein Download ab, geht er dort weiter, wo er war: drücke in der Liste der Downloads „Fortsetzen“.',
  upload: 'Dateien zurückschicken',
  uploadHelp: 'Bis zu {size}. Was damit geschieht, entscheidet, wer sie bekommt.',
  choose: 'Dateien auswählen',
  noScript: 'Um von hier Dateien zu schicken, muss dein Browser auf dieser Seite Skripte erlauben.',
  waiting: 'wartet',
  sending: 'wird geschickt',
  sent: 'ist da',
  interrupted: 'unterbrochen: es wird wieder versucht',
  plain:
    'Diese Verbindung ist nicht verschlüsselt: andere im selben Netz können sehen, was du holst.',
  ownCertificate:
    'Diese Verbindung ist verschlüsselt. Das Zertifikat hat der andere Computer selbst gemacht, darum hat dein Browser gewarnt.',
  trust: 'Öffne nur, was du erwartest, von jemandem, den du kennst.',
  sorry: 'Das geht nicht',
  problems: {
    unknown: 'Hier ist nichts. Sieh nach, ob der ganze Link kopiert wurde.',
    ended: 'Dieser Link gilt nicht mehr. Bitte um einen neuen, wo du ihn herhast.',
    'used-up':
      'Dieser Link wurde so oft benutzt, wie er darf. Bitte um einen neuen, wo du ihn herhast.',
    stopped: 'Wer dir diesen Link gegeben hat, hat ihn für dich beendet.',
    changed:
      'Diese Dateien wurden geändert, nachdem der Link gemacht war, darum gibt es sie nicht mehr. Bitte um einen neuen Link.',
    'too-many-tries': 'Aus deinem Netz kamen zu viele falsche Links. Warte eine Minute.',
    refused: 'Diese Anfrage wird hier nicht verstanden.',
    busy: 'Hier ist gerade zu viel los. Versuche es gleich noch einmal.',
    'no-uploads': 'Über diesen Link können keine Dateien geschickt werden.',
    'no-length': 'Vor dem Schicken muss gesagt werden, wie lang die Datei ist.',
    'too-long': 'Das ist mehr, als über diesen Link geschickt werden darf.',
    'too-many': 'Das sind mehr Dateien, als über diesen Link geschickt werden dürfen.',
    'no-space': 'Auf dem anderen Computer ist nicht genug Platz.',
    failed: 'Der andere Computer konnte es nicht aufbewahren. Versuche es später noch einmal.',
  },
};

const AR: GuestWords = {
  name: 'العربية',
  direction: 'rtl',
  languages: 'اللغة',
  files: {
    zero: 'لا ملفات',
    one: 'ملف واحد',
    two: 'ملفان',
    few: '{n} ملفات',
    many: '{n} ملفًا',
    other: '{n} ملف',
  },
  offered: 'يعطيك شخص ما: {files}، الحجم الكلي {size}. تأتي مباشرة من حاسوب ذلك الشخص.',
  empty: 'يطلب منك شخص ما ملفات. تذهب مباشرة إلى حاسوب ذلك الشخص.',
  until: 'يمكنك أخذها حتى {date}.',
  download: 'تنزيل',
  downloadAll: 'تنزيل الكل في ملف ZIP واحد',
  each: 'كل ملف على حدة',
  more: 'والمزيد: {files}، في ملف ZIP',
  resume: 'إذا انقطع التنزيل يمكنه أن يتابع من حيث توقف: اضغط «استئناف» في قائمة التنزيلات.',
  upload: 'إرسال ملفات',
  uploadHelp: 'حتى {size}. من تُرسل إليه يقرر ما يحدث بها.',
  choose: 'اختيار ملفات',
  noScript: 'لإرسال ملفات من هنا يجب أن يسمح متصفحك بالبرامج النصية في هذه الصفحة.',
  waiting: 'في الانتظار',
  sending: 'جارٍ الإرسال',
  sent: 'وصل',
  interrupted: 'انقطع، وتُعاد المحاولة',
  plain: 'هذا الاتصال غير مشفَّر: يستطيع آخرون في الشبكة نفسها رؤية ما تأخذه.',
  ownCertificate: 'هذا الاتصال مشفَّر. صنع الحاسوب الآخر الشهادة بنفسه، ولهذا حذّرك متصفحك.',
  trust: 'لا تفتح إلا ما تنتظره من شخص تعرفه.',
  sorry: 'هذا غير ممكن',
  problems: {
    unknown: 'لا يوجد شيء هنا. تأكد من أن الرابط نُسخ كاملًا.',
    ended: 'انتهى هذا الرابط. اطلب رابطًا جديدًا ممن أعطاك إياه.',
    'used-up': 'استُخدم هذا الرابط بقدر ما يُسمح به. اطلب رابطًا جديدًا ممن أعطاك إياه.',
    stopped: 'أوقف صاحب هذا الرابط استخدامك له.',
    changed: 'تغيّرت هذه الملفات بعد صنع الرابط، فلم تعد تُعطى. اطلب رابطًا جديدًا.',
    'too-many-tries': 'جاءت من شبكتك روابط خاطئة كثيرة. انتظر دقيقة.',
    refused: 'هذا الطلب غير مفهوم هنا.',
    busy: 'هنا الآن انشغال كثير. حاول بعد قليل.',
    'no-uploads': 'لا يمكن إرسال ملفات عبر هذا الرابط.',
    'no-length': 'يجب أن يُعرف طول الملف قبل إرساله.',
    'too-long': 'هذا أكثر مما يُسمح بإرساله عبر هذا الرابط.',
    'too-many': 'عدد هذه الملفات أكثر مما يُسمح بإرساله عبر هذا الرابط.',
    'no-space': 'لا توجد مساحة كافية على الحاسوب الآخر.',
    failed: 'لم يستطع الحاسوب الآخر حفظه. حاول لاحقًا.',
  },
};

export const WORDS: Readonly<Record<GuestLanguage, GuestWords>> = { en: EN, de: DE, ar: AR };

/** What is chosen on the page, else what the browser would rather have (RFC 9110, section 12.5.4), else English. */
export function guestLanguage(chosen: string | null, accepted: string | undefined): GuestLanguage {
  if (isLanguage(chosen)) return chosen;
  const wishes = (accepted ?? '')
    .slice(0, ACCEPTED_LENGTH_MAX)
    .split(',')
    .map((wish) => {
      const [range = '', ...parameters] = wish.trim().toLowerCase().split(';');
      const quality = /^\s*q=([\d.]+)\s*$/.exec(parameters.join(';'))?.[1];
      return { language: range.split('-')[0] ?? '', weight: Number(quality ?? 1) || 0 };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  return wishes.map(({ language }) => language).find(isLanguage) ?? 'en';
}

/** A browser sends a dozen. */
const ACCEPTED_LENGTH_MAX = 500;

function isLanguage(text: string | null): text is GuestLanguage {
  return GUEST_LANGUAGES.some((each) => each === text);
}

export function filesIn(language: GuestLanguage, count: number): string {
  const { files } = WORDS[language];
  const form = files[new Intl.PluralRules(language).select(count)] ?? files.other;
  return form.replace('{n}', new Intl.NumberFormat(language).format(count));
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function sizeIn(language: GuestLanguage, bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

/** In the time of this computer, which is said: the guest may be elsewhere. */
export function dateIn(language: GuestLanguage, epochMs: number): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(epochMs);
}
