/** Names of files that go to guests, or come from them: safe to create on any system, and safe in a header. */

/** Linux, macOS and Windows take no more: bytes of UTF-8. */
const NAME_BYTES_MAX = 255;
/** What a name that ran over keeps of its end: the extension says what it is. */
const EXTENSION_BYTES_MAX = 20;
/** Of Windows, with whatever extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Separators, what Windows forbids, controls, and marks that reverse the reading order (`gpj.exe` read as `exe.jpg`). */
const FORBIDDEN =
  /[/\\:*?"<>|\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** One part of a path. Never empty, `.` or `..`, hidden, or longer than a name may be. */
export function safeName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(FORBIDDEN, '_')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  const whole = DEVICE.test(clean) ? `_${clean}` : clean;
  return whole === '' ? 'file' : shortened(whole, NAME_BYTES_MAX);
}

/** `name (2).txt` for 2; the first has its own name. */
export function numberedName(name: string, number: number): string {
  if (number < 2) return name;
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot < 1 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
  const suffix = ` (${number})${extension}`;
  return shortened(stem, NAME_BYTES_MAX - Buffer.byteLength(suffix)) + suffix;
}

/** Gives names that no other has, also where case makes no difference. */
export class DistinctNames {
  readonly #taken = new Set<string>();

  take(path: string): string {
    for (let number = 1; ; number += 1) {
      const slash = path.lastIndexOf('/') + 1;
      const tried = path.slice(0, slash) + numberedName(path.slice(slash), number);
      const key = tried.toLowerCase();
      if (this.#taken.has(key)) continue;
      this.#taken.add(key);
      return tried;
    }
  }
}

/** RFC 6266: what is not ASCII is in `filename*` alone; nothing of a name can end the header. */
export function contentDisposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${percentEncoded(name)}`;
}

/** One segment of an address (RFC 3986), and an `ext-value` (RFC 8187): both take what is left plain here. */
export function percentEncoded(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function shortened(name: string, bytesMax: number): string {
  if (Buffer.byteLength(name) <= bytesMax) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  const kept = Buffer.byteLength(extension) <= EXTENSION_BYTES_MAX ? extension : '';
  let stem = name.slice(0, name.length - kept.length);
  while (Buffer.byteLength(stem) + Buffer.byteLength(kept) > bytesMax)
    stem = stem.replace(/.$/su, ''); // a whole code point
  return stem.replace(/[. ]+$/, '') + kept;
}
