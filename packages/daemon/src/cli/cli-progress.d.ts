// The part of cli-progress 3.12 that is used; the package has no types of its own.
declare module 'cli-progress' {
  export interface BarPayload {
    readonly line: string;
  }

  export interface MultiBarOptions {
    readonly stream: NodeJS.WritableStream;
    readonly format: (options: unknown, params: unknown, payload: BarPayload) => string;
    /** Redraws in a second. */
    readonly fps: number;
    readonly clearOnComplete: boolean;
    readonly hideCursor: boolean;
    readonly forceRedraw: boolean;
    readonly gracefulExit: boolean;
  }

  export interface Bar {
    update(payload: BarPayload): void;
  }

  export class MultiBar {
    constructor(options: MultiBarOptions);
    create(total: number, startValue: number, payload: BarPayload): Bar;
    remove(bar: Bar): boolean;
    /** Shown above the bars at the next redraw; must end in a line feed. */
    log(text: string): void;
    /** Redraws now. */
    update(): void;
    stop(): void;
  }
}
