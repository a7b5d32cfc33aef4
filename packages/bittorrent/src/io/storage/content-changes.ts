/** Changes of files that are not pieces: what a selection needs, what is too long, what goes elsewhere. */
import { equalBytes, parentPath } from '@coequal/base';
import type { Disk } from '@coequal/base';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { swarmHash } from '../../core/resume-data.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { ContentFiles } from './content-files.ts';
import type { ContentLayout } from './content-layout.ts';
import { ContentMover } from './content-mover.ts';
import type { FileStats } from './content-state.ts';
import type { HadPieces } from './had-pieces.ts';
import type { ResumeStore } from './resume-store.ts';
import type { WrittenFiles } from './written-files.ts';

/** What of a store the changes are made to. */
export interface ChangedContent {
  readonly metainfo: Metainfo;
  readonly layout: ContentLayout;
  readonly files: ContentFiles;
  readonly had: HadPieces;
  readonly written: WrittenFiles;
  readonly checkpoints: Checkpoints;
  readonly disk: Disk;
}

export class ContentChanges {
  readonly #content: ChangedContent;

  constructor(content: ChangedContent) {
    this.#content = content;
  }

  /** The file has bytes that are not durable yet. */
  noteWritten(file: number): void {
    const { layout, files, had, written, checkpoints } = this.#content;
    const path = layout.placeOf(file);
    written.add(path);
    if (files.isWhole(file, had)) checkpoints.noteWhole(path);
  }

  /** Bytes of these files go from the parts file to their own paths. Nobody else changes anything meanwhile. */
  async place(wanted: ReadonlySet<number>): Promise<void> {
    const { layout, files, had, written, checkpoints } = this.#content;
    const { real, parts } = layout;
    const movesParts = [...wanted].some((file) => !real.has(file) && parts.hasFile(file));
    if (movesParts) await checkpoints.request(); // a crash while they are copied finds where they were
    const before = real.copy();
    for (const file of await files.place(wanted, had)) this.noteWritten(file);
    if (!equalBytes(real.bytes, before.bytes)) checkpoints.noteOutdated();
    if (movesParts) await checkpoints.request(); // before the parts are given up
    if (await files.dropParts(real)) written.forget(parts.path);
  }

  /** What was found longer than it should be. */
  async trim(stats: FileStats): Promise<void> {
    this.#content.files.noteLengths(stats);
    await this.cutLongFiles();
  }

  async cutLongFiles(): Promise<void> {
    const { files, had } = this.#content;
    for (const file of await files.cut(had)) this.noteWritten(file);
  }

  /** For as long as nobody reads or writes. */
  mover(resume: ResumeStore | undefined): ContentMover {
    const { metainfo, layout, files, had, written, checkpoints, disk } = this.#content;
    return new ContentMover({
      metainfo,
      layout,
      have: had.have,
      disk,
      checkpoint: () => checkpoints.request(),
      release: () => files.release(),
      placed: async ({ contentPath }) => {
        written.moved(parentPath(contentPath));
        files.placeChanged();
        await resume?.pointFrom(swarmHash(metainfo), contentPath);
      },
    });
  }
}
