// Turns the events of node:test into what is printed: a line a file, every failure and skip with
// its reason, and one closing line.
import { relative } from 'node:path';
import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { inspect, stripVTControlCharacters } from 'node:util';

/** Reasons that begin so name a foreign peer: `npm test` skips it, and .ci/run requires it. */
const MISSING_PEER = /^install the Debian package /;

export interface TestReportOptions {
  /** The folder that printed paths are relative to. */
  readonly root: string;
  /** Whether a test that is skipped for want of a foreign peer has failed. */
  readonly requirePeers: boolean;
}

interface FileReport {
  /** What the file printed: shown only when it failed. */
  readonly output: string[];
  failed: number;
  /** Known at the end: tests of a shared suite carry the path of the file that defines them. */
  ended: { readonly path: string; readonly durationMs: number | undefined } | undefined;
}

type Ended = EventData.TestPass | EventData.TestFail;

/** Relies on node:test reporting the files one after another, in whatever order they ran. */
export class TestReport {
  readonly #options: TestReportOptions;
  /** The names around the test that is being reported, by nesting. */
  readonly #names: string[] = [];
  #file: FileReport = { output: [], failed: 0, ended: undefined };
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  constructor(options: TestReportOptions) {
    this.#options = options;
  }

  /** Whether something ran, and nothing failed. */
  get isGood(): boolean {
    return this.#passed > 0 && this.#failed === 0;
  }

  /** Takes the next event; returns the lines to print. */
  take(event: TestEvent): string[] {
    switch (event.type) {
      case 'test:start':
        this.#names.splice(event.data.nesting, Infinity, event.data.name);
        return [];
      case 'test:pass':
        return [...this.#closeEnded(), ...this.#takePass(event.data)];
      case 'test:fail':
        return this.#takeFail(event.data);
      case 'test:stdout':
      case 'test:stderr':
      case 'test:diagnostic':
        return this.#takeOutput(event.data);
      case 'test:summary':
        return this.#takeSummary(event.data);
      default:
        return []; // plans, queues, coverage and watch mode print nothing
    }
  }

  /** The last lines, after the events of all runs. */
  end(): string[] {
    const lines = this.#closeEnded();
    if (this.#passed + this.#failed === 0) lines.push('no test was executed');
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
    return [...lines, `${this.#passed} passed, ${this.#failed} failed${skipped}`];
  }

  #takePass(data: EventData.TestPass): string[] {
    if (data.skip !== undefined && data.skip !== false) return this.#takeSkip(data, data.skip);
    const isFile = data.name === data.file; // a file without tests passes as one
    if (!isFile && data.details.type !== 'suite') this.#passed += 1;
    return [];
  }

  #takeSkip(data: EventData.TestPass, skip: string | true): string[] {
    const reason = skip === true ? 'no reason given' : skip;
    if (this.#options.requirePeers && MISSING_PEER.test(reason)) {
      return this.#fail(this.#locate(data), `required here: ${reason}`);
    }
    this.#skipped += 1;
    return [`skipped ${this.#locate(data)}: ${reason}`];
  }

  #takeFail(data: EventData.TestFail): string[] {
    const { error } = data.details;
    const isFile = data.name === data.file; // the process failed, outside of its tests or after them
    const lines = this.#file.ended?.path === data.name ? [] : this.#closeEnded();
    // Of its own errors node:test declares the cause alone; what is inside has been told already.
    if (!('failureType' in error && error.failureType === 'subtestsFailed')) {
      lines.push(...this.#fail(this.#locate(data), inspect(error.cause ?? error)));
    }
    // A failed hook has no type, and is not the end.
    if (isFile && data.details.type === 'test')
      this.#file.ended ??= { path: data.name, durationMs: undefined };
    return lines;
  }

  #takeOutput(data: EventData.TestStdout | EventData.TestDiagnostic): string[] {
    // Without a file: the totals of node:test, which count suites and retries in their own way.
    if (data.file === undefined) return [];
    const lines = this.#file.ended?.path === data.file ? [] : this.#closeEnded();
    this.#file.output.push(stripVTControlCharacters(data.message).trimEnd());
    return lines;
  }

  #takeSummary(data: EventData.TestSummary): string[] {
    if (data.file === undefined) return [];
    const lines = this.#closeEnded();
    this.#file.ended = { path: data.file, durationMs: data.duration_ms };
    if (data.counts.tests + data.counts.suites > 0) return lines;
    return [...lines, ...this.#fail(this.#relative(data.file), 'this file has no tests')];
  }

  #fail(where: string, text: string): string[] {
    this.#failed += 1;
    this.#file.failed += 1;
    return [`FAILED ${where}`, indent(text)];
  }

  /** The lines of a file that has ended. Not sooner than the next one begins: it may still fail. */
  #closeEnded(): string[] {
    const { output, failed, ended } = this.#file;
    if (ended === undefined) return [];
    this.#file = { output: [], failed: 0, ended: undefined };
    const name = this.#relative(ended.path);
    const seconds =
      ended.durationMs === undefined ? '' : ` (${(ended.durationMs / 1_000).toFixed(1)} s)`;
    if (failed === 0) return [`ok ${name}${seconds}`];
    const printed = output.length > 0 ? [`output of ${name}:`, indent(output.join('\n'))] : [];
    return [...printed, `not ok ${name}${seconds}`];
  }

  #locate(data: Ended): string {
    const around = this.#names.slice(0, data.nesting);
    // A file that fails as a whole is reported as a test with the file's name.
    if (data.name === data.file) return this.#relative(data.name);
    const line = data.line === undefined ? '' : `:${data.line}`;
    return `${this.#relative(data.file ?? '')}${line} ${[...around, data.name].join(' > ')}`;
  }

  #relative(path: string): string {
    return relative(this.#options.root, path);
  }
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
