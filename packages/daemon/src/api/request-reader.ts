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

export type RequestReader = (request: RawRequest) => unknown;

/** Throws LocalFault `BAD_REQUEST`. */
export function requestReader({ params, query, body }: Route): RequestReader {
  // made when the first request comes: forty at the start would make it slow
  const checks: Partial<Record<'params' | 'query' | 'body', Validator>> = {};
  return (request) => ({
    ...(params && {
      params: checked((checks.params ??= Compile(params)), request.params, 'the path'),
    }),
    ...(query && {
      query: checked((checks.query ??= Compile(query)), Convert(query, request.query), 'the query'),
    }),
    ...(body && { body: checked((checks.body ??= Compile(body)), request.body, 'the body') }),
  });
}

function checked(validator: Validator, value: unknown, part: string): unknown {
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  const where = `${part}${first?.instancePath ?? ''}`;
  throw new LocalFault('BAD_REQUEST', { where, problem: first?.message ?? 'is wrong' });
}
