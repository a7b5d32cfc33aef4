/** A case of the benchmark: the same work done in several ways, in turns. */
import type { Client } from './clients.ts';
import type { FigureName, Figures } from './figures.ts';

/** What a case is given. */
export interface Bench {
  /** The file of our command, packed and installed. */
  readonly command: string;
  /** Those that are installed and wanted. */
  readonly clients: readonly Client[];
  /** The same over uTP alone. */
  readonly utpClients: readonly Client[];
  /** The folder that content is put in. */
  readonly store: string;
}

export interface Way {
  readonly name: string;
  /** The way that it is compared with. */
  readonly reference?: string;
  readonly run: (signal: AbortSignal) => Promise<Figures>;
}

/** What all ways share goes with it when it is disposed of. */
export interface Case extends AsyncDisposable {
  readonly title: string;
  readonly ways: readonly Way[];
  /** What is told of every run; less is better. */
  readonly main: FigureName;
  /** What else is told. */
  readonly figures: readonly FigureName[];
  /** Bytes; with it the rate is told. */
  readonly length?: number;
  /** Where a run is short and scatters: so many at least. */
  readonly runsMin?: number;
  /** Programs that are not here, and how to get them. */
  readonly notes?: readonly string[];
}

export type OpenCase = (bench: Bench) => Promise<Case>;
