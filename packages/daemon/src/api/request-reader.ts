/** Reads a request by the schemas of its route: what is wrong is told with its place. */
import { LocalFault } from '@coequal/base';
import type { Route } from '@coequal/contract';
import { Compile } from 'typebox/compile';
import type { Validator } from 'typebox/compile';
import { Convert } from 'typebox/value';

/** As the framework has it. */
interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Of a body that is bytes. */
export const BYTES_TYPE = 'application/octet-stream';

export type RequestReader = (request: RawRequest) => unknown;

/** Throws LocalFault `BAD_REQUEST`. */
export function requestReader({ params, query, body, takesBytes }: Route): RequestReader {
  // made when the first request comes: forty at the start would make it slow
  const checks: Partial<Record<'params' | 'query' | 'body', Validator>> = {};
  return (request) => ({
    ...(params && {
      params: checked((checks.params ??= Compile(params)), request.params, 'the path'),
    }),
    ...(query && {
      query: checked((checks.query ??= Compile(query)), Convert(query, request.query), 'the query'),
    }),
    ...(takesBytes && { bytes: streamOf(request.body) }),
    ...(body && { body: checked((checks.body ??= Compile(body)), request.body, 'the body') }),
  });
}

/** As the parser of bytes leaves it; Throws LocalFault `WRONG_TYPE` for anything else. */
function streamOf(body: unknown): unknown {
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) return body;
  throw new LocalFault('WRONG_TYPE', { wanted: BYTES_TYPE });
}

function checked(validator: Validator, value: unknown, part: string): unknown {
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  const where = `${part}${first?.instancePath ?? ''}`;
  throw new LocalFault('BAD_REQUEST', { where, problem: first?.message ?? 'is wrong' });
}
