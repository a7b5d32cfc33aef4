/** What surrounds a command: where it writes, how it is stopped, and what becomes of its errors. */
import { isAbort } from '@coequal/base';
import { EXIT } from './exit-codes.ts';
import { describeError } from './faults.ts';
import { plain } from './format.ts';

/** The outside, as a command sees it. */
export interface Shell {
  readonly isJson: boolean;
  /** Aborted by Ctrl-C, SIGTERM, or the end of the terminal. */
  readonly stop: AbortSignal;
  /** A line of the result on stdout; nothing with --json. */
  print(line: string): void;
  /** A line on stderr about what goes on; nothing with --json. */
  note(line: string): void;
  /** Who has the terminal writes the notes: the progress bars. Undefined: stderr again. */
  setNoteWriter(write: ((line: string) => void) | undefined): void;
  /** A JSON object on stdout; nothing without --json. */
  emit(event: JsonEvent): void;
}

export interface JsonEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface ShellOptions {
  readonly isJson: boolean;
  /** What a command that is stopped by a signal ends with. */
  readonly exitWhenStopped?: number;
  /** Said at the first Ctrl-C. */
  readonly stopNote?: string;
  /** Sees to what nobody caught. False, or without it: the process ends. */
  readonly takesBug?: (error: unknown) => boolean;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves to the exit code of `command`; what it throws is told in words. */
export async function inShell(
  options: ShellOptions,
  command: (shell: Shell) => Promise<number>,
): Promise<number> {
  const exitWhenStopped = options.exitWhenStopped ?? EXIT.cancelled;
  const stopping = new AbortController();
  const shell = openShell(options.isJson, stopping.signal);
  const onSignal = (): void => {
    if (stopping.signal.aborted) leaveAtOnce(exitWhenStopped);
    stopping.abort(new DOMException('stopped by the user', 'AbortError'));
    shell.note(options.stopNote ?? 'Stopping. Once more stops at once.');
  };
  const onBug = (error: unknown): void => {
    if (options.takesBug?.(error) === true) return;
    shell.setNoteWriter(undefined);
    tellError(error, shell);
    leaveAtOnce(EXIT.failed);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  process.on('uncaughtException', onBug);
  try {
    return await command(shell);
  } catch (error) {
    if (isAbort(error, stopping.signal)) return exitWhenStopped;
    tellError(error, shell);
    return EXIT.failed;
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    process.off('uncaughtException', onBug);
  }
}

function tellError(error: unknown, shell: Shell): void {
  const { code, message, hint, stack } = describeError(error);
  shell.emit({ event: 'error', code, message, ...(hint !== undefined && { hint }) });
  shell.note(`coequal: ${message}`);
  if (hint !== undefined) shell.note(`  ${hint}`);
  if (stack !== undefined) process.stderr.write(`${stack}\n`);
}

function openShell(isJson: boolean, stop: AbortSignal): Shell {
  const writeToStderr = (line: string): void => void process.stderr.write(`${line}\n`);
  let writeNote = writeToStderr;
  return {
    isJson,
    stop,
    print: (line) => void (isJson || process.stdout.write(`${plain(line)}\n`)),
    note: (line) => void (isJson || writeNote(plain(line))),
    setNoteWriter: (write) => void (writeNote = write ?? writeToStderr),
    emit: (event) => void (isJson && process.stdout.write(`${JSON.stringify(event)}\n`)),
  };
}

/** Without closing anything; only the terminal gets back the cursor and wrapping that bars had taken. */
function leaveAtOnce(exitCode: number): never {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h\u001b[?7h\n');
  process.exit(exitCode);
}
