/** Forms with files, as RFC 7578 has them. Names without quotes are taken too: some programs send them so. */
import { LocalFault } from '@coequal/base';

/** What `torrents/add` takes, a hundred files at once, and room. */
export const PARTS_MAX = 200;
/** The headers of one part: a long name of a file in UTF-8. */
const PART_HEAD_LENGTH_MAX = 8_192;

export interface Part {
  readonly name: string;
  /** Of a file. */
  readonly fileName: string | undefined;
  readonly bytes: Uint8Array;
}

/** `contentType`: the header, which names the boundary. Throws LocalFault `BAD_REQUEST`. */
export function parseMultipart(body: Buffer, contentType: string): Part[] {
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw badForm('it names no boundary');
  // the first delimiter may be at the very start, each other one follows a line end
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Part[] = [];
  let at = startOf(body, delimiter.subarray(2));
  while (!isClosed(body, at)) {
    const end = body.indexOf(delimiter, at);
    if (end < 0) throw badForm('it ends within a part');
    if (parts.length === PARTS_MAX) throw badForm(`it has more than ${PARTS_MAX} parts`);
    parts.push(parsePart(body.subarray(at, end)));
    at = end + delimiter.length;
  }
  return parts;
}

function startOf(body: Buffer, delimiter: Buffer): number {
  const at = body.indexOf(delimiter);
  if (at < 0) throw badForm('it has no parts');
  return at + delimiter.length;
}

/** After a delimiter: two hyphens say that it was the last. */
function isClosed(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

/** From the end of the delimiter's line. */
function parsePart(part: Buffer): Part {
  const headEnd = part.subarray(0, PART_HEAD_LENGTH_MAX).indexOf('\r\n\r\n');
  if (headEnd < 0) throw badForm('a part has no end of its headers');
  const head = part.toString('utf8', 0, headEnd);
  const [, disposition = ''] = /^content-disposition:\s*form-data;(.*)$/im.exec(head) ?? [];
  const name = parameterOf(disposition, 'name');
  if (name === undefined) throw badForm('a part has no name');
  return {
    name,
    fileName: parameterOf(disposition, 'filename'),
    bytes: part.subarray(headEnd + 4),
  };
}

function parameterOf(disposition: string, wanted: 'name' | 'filename'): string | undefined {
  const pattern = new RegExp(String.raw`(?:^|;)\s*${wanted}=(?:"([^"]*)"|([^;\s"]+))`, 'i');
  const [, quoted, plain] = pattern.exec(disposition) ?? [];
  return quoted ?? plain;
}

function badForm(problem: string): LocalFault {
  return new LocalFault('BAD_REQUEST', { where: 'the body', problem });
}
