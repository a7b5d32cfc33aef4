/** Numbers as people type them, in any of the page's languages. */

/** Arabic-Indic digits, and its marks for decimals and thousands. */
const DIGITS = /[\u0660-\u0669]/g;

/** Undefined: it is no number. A comma is taken as the decimal mark, as half of Europe writes it. */
export function parseNumber(text: string): number | undefined {
  const plain = text
    .replace(DIGITS, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u066c\s\u00a0\u202f]/g, '')
    .replace(/[\u066b,]/g, '.');
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** For a field: no marks between thousands, which would be read back as decimals. */
export function editableNumber(value: number | null, digits: number): string {
  return value === null ? '' : String(Math.round(value * 10 ** digits) / 10 ** digits);
}
