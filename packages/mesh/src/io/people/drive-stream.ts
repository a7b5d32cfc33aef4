/** Runs a machine that speaks over one stream: its bytes go in and out, its deadline is kept, its answers are taken. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { Clock, LinkStream, Machine } from '@coequal/base';

/** A stream of a link, or one to somebody who was met at a rendezvous. */
export type ByteStream = Pick<LinkStream, 'start' | 'send' | 'end' | 'close' | 'queuedBytes'>;

/** Who reads so slowly that this much waits is let go. */
const UNREAD_LENGTH_MAX = 262_144;

type Wire =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'close'; readonly reason: Error };

export interface Driven<Input> {
  post(input: Input): void;
  close(why?: Error): void;
  /** Why it ended; never rejects. Undefined: as one of both wanted. */
  readonly closed: Promise<Error | undefined>;
}

/** `take` may answer with inputs, and throw a fault, which closes the stream. */
export function driveStream<Input, Output extends { readonly type: string }>(
  machine: Machine<Input | { readonly type: 'bytes'; readonly bytes: Uint8Array }, Output | Wire>,
  stream: ByteStream,
  clock: Clock,
  take: (output: Output) => readonly Input[],
): Driven<Input> {
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  let cancel: (() => void) | undefined;
  let hasEnded = false;

  const finish = (why?: Error): void => {
    hasEnded = true;
    cancel?.();
    resolve(why);
  };
  const close = (why?: Error): void => {
    if (hasEnded) return;
    finish(why);
    stream.close(why);
  };
  const run = (
    input:
      | Input
      | { readonly type: 'bytes'; readonly bytes: Uint8Array }
      | { readonly type: 'timeout' },
  ): void => {
    if (hasEnded) return;
    try {
      const queue = [...machine.step(input, clock.now())];
      for (let output = queue.shift(); output !== undefined; output = queue.shift()) {
        if (hasEnded) return;
        if (isWire(output)) act(output);
        else for (const answer of take(output)) queue.push(...machine.step(answer, clock.now()));
      }
    } catch (error) {
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      close(error);
      return;
    }
    arm();
  };
  const act = (wire: Wire): void => {
    if (wire.type === 'close') close(wire.reason);
    else if (wire.type === 'send') {
      stream.send([wire.bytes]);
      if (stream.queuedBytes > UNREAD_LENGTH_MAX) close(new PeerFault('READS_TOO_SLOWLY'));
    } else {
      finish();
      stream.end();
    }
  };
  const arm = (): void => {
    cancel?.();
    cancel = undefined;
    const { deadline } = machine;
    if (!hasEnded && deadline !== undefined)
      cancel = clock.at(deadline, () => run({ type: 'timeout' }));
  };
  stream.start(
    (view) => run({ type: 'bytes', bytes: view }),
    (why) => {
      if (!hasEnded) finish(why);
    },
  );
  arm();
  return { post: run, close, closed };
}

function isWire(output: { readonly type: string }): output is Wire {
  return output.type === 'send' || output.type === 'end' || output.type === 'close';
}
