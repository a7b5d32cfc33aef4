/** Whole messages over a stream of a link: length (u32), then the message. */
import { concatBytes, PeerFault } from '@coequal/base';
import type { LinkStream } from '@coequal/base';

const HEAD_LENGTH = 4;

export interface Frames {
  send(message: Uint8Array): void;
  end(): void;
  close(why?: Error): void;
}

/** A longer message closes the stream with PeerFault `FRAME_TOO_LONG`, before any of it is kept. */
export function openFrames(
  stream: LinkStream,
  lengthMax: number,
  onMessage: (message: Uint8Array) => void,
  onClose: (why?: Error) => void,
): Frames {
  let waiting: Uint8Array = new Uint8Array(0);
  let isOpen = true;
  const take = (view: Uint8Array): void => {
    waiting = concatBytes([waiting, view]);
    while (isOpen && waiting.length >= HEAD_LENGTH) {
      const length = new DataView(waiting.buffer, waiting.byteOffset).getUint32(0);
      if (length > lengthMax) {
        isOpen = false;
        return stream.close(new PeerFault('FRAME_TOO_LONG', { length }));
      }
      if (waiting.length < HEAD_LENGTH + length) return;
      const message = waiting.slice(HEAD_LENGTH, HEAD_LENGTH + length);
      waiting = waiting.slice(HEAD_LENGTH + length);
      onMessage(message);
    }
  };
  stream.start(
    (view) => void (isOpen && take(view)),
    (why) => {
      isOpen = false;
      onClose(why);
    },
  );
  return {
    send(message) {
      const head = new Uint8Array(HEAD_LENGTH);
      new DataView(head.buffer).setUint32(0, message.length);
      stream.send([head, message]);
    },
    end: () => stream.end(),
    close(why) {
      isOpen = false;
      stream.close(why);
    },
  };
}
