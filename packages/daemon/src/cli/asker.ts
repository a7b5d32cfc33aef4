/** Asks a person on the terminal, or reads the answers line by line from what is piped in. Secrets are not echoed. */
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { LocalFault } from '@coequal/base';

export class Asker implements Disposable {
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #isSilent = true;

  constructor(signal: AbortSignal) {
    const echo = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        if (!this.#isSilent) process.stderr.write(chunk);
        done();
      },
    });
    const terminal = process.stdin.isTTY;
    this.#lines = createInterface({ input: process.stdin, output: echo, terminal });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#onAbort = () => this.#lines.close();
    // on a terminal it is this that sees Ctrl-C
    this.#lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Nobody sees what is typed. */
  async secret(prompt: string): Promise<string> {
    const answer = await this.#ask(prompt, true);
    process.stderr.write('\n');
    return answer;
  }

  line(prompt: string): Promise<string> {
    return this.#ask(prompt, false);
  }

  async isYes(question: string): Promise<boolean> {
    return /^y(es)?$/i.test((await this.line(`${question} [y/N] `)).trim());
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#lines.close();
  }

  /** Rejects with LocalFault `INPUT_ENDED`, or the signal's reason. */
  async #ask(prompt: string, isSilent: boolean): Promise<string> {
    process.stderr.write(prompt);
    this.#isSilent = isSilent;
    const { value, done } = await this.#answers.next();
    this.#isSilent = true;
    this.#signal.throwIfAborted();
    if (done === true) throw new LocalFault('INPUT_ENDED');
    return value;
  }
}
