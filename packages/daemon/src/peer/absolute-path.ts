/** Paths in requests are from the root: the peer has no current folder of its own. */
import { isAbsolute } from 'node:path';
import { LocalFault } from '@coequal/base';

/** Throws LocalFault `BAD_REQUEST`. */
export function requireAbsolute<Body extends object>(
  body: Body,
  ...names: readonly (keyof Body & string)[]
): void {
  for (const name of names) {
    const path = body[name];
    if (typeof path === 'string' && !isAbsolute(path)) {
      const problem = 'must be an absolute path';
      throw new LocalFault('BAD_REQUEST', { where: `the body/${name}`, problem });
    }
  }
}
