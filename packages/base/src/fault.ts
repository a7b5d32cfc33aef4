/** Errors say whose fault it is: a peer's, ours to bear, or (an AssertionError) a bug. */

/** What an error message, log line or API answer may carry about a fault. */
export type FaultDetails = Readonly<Record<string, string | number | boolean | undefined>>;

abstract class Fault extends Error {
  /** Stable, upper case; what callers match on. */
  readonly code: string;
  readonly details: FaultDetails;

  constructor(code: string, details: FaultDetails, options?: ErrorOptions) {
    const shown = Object.entries(details)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${value}`);
    super([code, ...shown].join(' '), options);
    this.code = code;
    this.details = details;
  }
}

/** The other side broke the rules: close, perhaps ban. Ends a connection, never more. */
export class PeerFault extends Fault {
  override readonly name = 'PeerFault';
  constructor(code: string, details: FaultDetails = {}, options?: ErrorOptions) {
    super(code, details, options);
  }
}

/** Something of ours failed (disk, network, input of the user): stop that task and say so. */
export class LocalFault extends Fault {
  override readonly name = 'LocalFault';
  constructor(code: string, details: FaultDetails = {}, options?: ErrorOptions) {
    super(code, details, options);
  }
}

/** What cannot be true unless this program has a bug. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws AssertionError unless `condition` is truthy. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
