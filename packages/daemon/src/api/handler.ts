/** What answers a route. */
import type { RequestOf, ResponseOf, ROUTES, RouteName } from '@coequal/contract';
import type { Caller } from './access.ts';

export type Handler<Name extends RouteName> = (
  request: RequestOf<(typeof ROUTES)[Name]> & Stream<Name>,
  caller: Caller,
  signal: AbortSignal,
) => Answer<Name> | Promise<Answer<Name>>;

/** A body of bytes, as they come. */
type Stream<Name extends RouteName> = (typeof ROUTES)[Name] extends { readonly takesBytes: true }
  ? { readonly bytes: AsyncIterable<Uint8Array> }
  : unknown;

type Answer<Name extends RouteName> =
  ResponseOf<(typeof ROUTES)[Name]> extends undefined
    ? BytesAnswer
    : ResponseOf<(typeof ROUTES)[Name]>;

/** A file to keep. */
export interface BytesAnswer {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** `readEvents` is answered by the server itself. */
export type Handlers = { readonly [Name in Exclude<RouteName, 'readEvents'>]: Handler<Name> };
