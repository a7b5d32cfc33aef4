/** For `assert.throws` and `assert.rejects`: a fault of ours, by code and some of its details. */
import assert from 'node:assert/strict';
import { LocalFault } from '@coequal/base';

export function fault(code: string, details: object = {}): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LocalFault, String(error));
    assert.equal(error.code, code);
    assert.deepEqual({ ...error.details, ...details }, error.details);
    return true;
  };
}
