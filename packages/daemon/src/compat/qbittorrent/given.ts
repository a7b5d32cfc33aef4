/** What a request gives: the parameters of its address and the fields of its form, all as text, and files. */
import { LocalFault } from '@coequal/base';
import { isAbsolute } from 'node:path';
import { parseMultipart, PARTS_MAX } from './multipart.ts';

export interface Given {
  text(name: string): string | undefined;
  /** Throws LocalFault `BAD_REQUEST`. */
  need(name: string): string;
  readonly files: readonly Uint8Array[];
}

/** `body` as the framework has it: nothing, or bytes of `contentType`. Throws LocalFault `BAD_REQUEST`. */
export function readGiven(query: string, body: unknown, contentType: string): Given {
  const values = new Map<string, string>();
  const files: Uint8Array[] = [];
  note(new URLSearchParams(query), values);
  if (body instanceof Buffer && /^multipart\/form-data/i.test(contentType)) {
    for (const { name, fileName, bytes } of parseMultipart(body, contentType)) {
      if (fileName === undefined) values.set(name, Buffer.from(bytes).toString('utf8'));
      else files.push(bytes);
    }
  } else if (body instanceof Buffer) note(new URLSearchParams(body.toString('utf8')), values);
  return {
    files,
    text: (name) => values.get(name),
    need(name) {
      const value = values.get(name);
      if (value === undefined || value === '') throw badField(name, 'is missing');
      return value;
    },
  };
}

function note(pairs: URLSearchParams, values: Map<string, string>): void {
  for (const [name, value] of pairs) values.set(name, value);
  if (values.size > PARTS_MAX) throw badField('', `has more than ${PARTS_MAX} fields`);
}

/** Programs write `true`, `True` or `1`. Undefined: it was not said. */
export function flagOf(given: Given, name: string): boolean | undefined {
  const text = given.text(name)?.trim().toLowerCase();
  if (text === undefined || text === '') return undefined;
  return text === 'true' || text === '1';
}

/** Undefined: it was not said. Throws LocalFault `BAD_REQUEST`. */
export function numberOf(given: Given, name: string): number | undefined {
  const text = given.text(name)?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw badField(name, 'must be a number');
  return value;
}

/** As the API has it: from the root. Empty is not said. Throws LocalFault `BAD_REQUEST`. */
export function pathOf(given: Given, name: string): string | undefined {
  const path = given.text(name)?.trim();
  if (path === undefined || path === '') return undefined;
  if (!isAbsolute(path)) throw badField(name, 'must be an absolute path');
  return path;
}

/** Parts between commas, line ends or bars, without what is empty. */
export function listOf(text: string, separator: ',' | '\n' | '|'): string[] {
  const parts = text.split(separator).map((part) => part.trim());
  return [...new Set(parts)].filter((part) => part !== '');
}

export function badField(name: string, problem: string): LocalFault {
  return new LocalFault('BAD_REQUEST', { where: `the form/${name}`, problem });
}
