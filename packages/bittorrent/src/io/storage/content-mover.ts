/**
 * Moves the content of a torrent to another folder and gives it other names, while nobody reads or writes it.
 * What is about to happen is in the resume data, durably, before it does: see PlaceChange.
 */
import { joinPath, LocalFault, parentPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import { foldName, safeName } from '../../core/metainfo/file-names.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { contentFilePath } from './content-layout.ts';
import type { ContentLayout, Whereabouts } from './content-layout.ts';
import { copyContent } from './copy-content.ts';
import {
  placeItems,
  removeContent,
  removeCopies,
  removeOriginals,
  renameDurably,
  switchCopies,
} from './place-items.ts';
import type { PlaceItems } from './place-items.ts';
import { makeDurableDirectory } from './whole-file.ts';

/** What moving needs of the store. */
export interface MoverNeeds {
  readonly metainfo: Metainfo;
  readonly layout: ContentLayout;
  readonly have: Bitfield;
  readonly disk: Disk;
  /** Makes durable what was written, and the resume data with the layout of now. */
  checkpoint(): Promise<void>;
  /** Closes all files. */
  release(): Promise<void>;
  /** The layout has changed. */
  placed(at: Whereabouts): Promise<void>;
}

export type OnMoved = (copied: number, total: number) => void;

export class ContentMover {
  readonly #needs: MoverNeeds;

  constructor(needs: MoverNeeds) {
    this.#needs = needs;
  }

  /** As Torrent.move. */
  async move(directory: SafePath, signal: AbortSignal, onMoved: OnMoved): Promise<void> {
    const { at } = this.#needs.layout;
    const name = at.contentPath.slice(parentPath(at.contentPath).length).replace(/^\//, '');
    const contentPath = joinPath(directory, name);
    await this.#moveTo({ contentPath, directory, names: at.names }, signal, onMoved);
  }

  /** As Torrent.rename, of the content itself. */
  async renameRoot(name: string, signal: AbortSignal): Promise<void> {
    const { metainfo, layout } = this.#needs;
    checkName(name, metainfo.isFolder ? 'folder' : 'file');
    const contentPath = joinPath(parentPath(layout.contentPath), name);
    await this.#moveTo({ ...layout.at, contentPath }, signal, () => undefined);
  }

  /** As Torrent.rename, of a file in a folder. */
  async renameFile(file: number, name: string): Promise<void> {
    const { metainfo, layout, disk } = this.#needs;
    const { at } = layout;
    checkName(name, 'file');
    const [from, goal] = [layout.pathOf(file), { ...at, names: new Map(at.names).set(file, name) }];
    const to = contentFilePath(metainfo, goal, file);
    if (to === from) return;
    if (this.#isTaken(name, file)) throw new LocalFault('NAME_TAKEN', { path: to });
    await this.#assertFree(to);
    await this.#begin({ type: 'rename', file, name });
    try {
      await renameDurably(from, to, disk);
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
    await this.#end(goal);
  }

  async #moveTo(goal: Whereabouts, signal: AbortSignal, onMoved: OnMoved): Promise<void> {
    const { metainfo, layout, disk } = this.#needs;
    const { at } = layout;
    if (goal.contentPath === at.contentPath && goal.directory === at.directory) return;
    if (`${goal.contentPath}/`.startsWith(`${at.contentPath}/`))
      throw new LocalFault('MOVE_INTO_ITSELF', { path: goal.contentPath });
    await this.#assertFree(goal.contentPath);
    for (const path of new Set([parentPath(goal.contentPath), goal.directory]))
      await makeDurableDirectory(disk, path);
    signal.throwIfAborted();
    const items = placeItems(metainfo, at, goal);
    const { contentPath: to, directory } = goal;
    await this.#begin({ type: 'move', to, directory });
    try {
      await renameBoth(items, disk);
    } catch (error) {
      await this.#giveUp();
      if (!(error instanceof LocalFault) || error.code !== 'OTHER_DISK') throw error;
      await this.#copyTo(goal, items, signal, onMoved);
      return;
    }
    await this.#end(goal);
  }

  async #copyTo(
    goal: Whereabouts,
    items: PlaceItems,
    signal: AbortSignal,
    onMoved: OnMoved,
  ): Promise<void> {
    const { metainfo, layout, have, disk } = this.#needs;
    const { names } = layout.at;
    const change = { type: 'copy', to: goal.contentPath, directory: goal.directory } as const;
    await this.#begin({ ...change, isCopied: false });
    let isSwitched = false;
    try {
      await copyContent({ metainfo, layout, have, items }, disk, signal, onMoved);
      await this.#begin({ ...change, isCopied: true });
      await this.#assertFree(items.content.to);
      isSwitched = true;
      await switchCopies(items, disk);
    } catch (error) {
      const all = metainfo.files.keys();
      await quietly(removeCopies(metainfo, items, names, disk));
      if (isSwitched) await quietly(removeContent(metainfo, goal, all, disk));
      if (isSwitched && items.parts) await quietly(disk.remove(items.parts.to));
      await this.#giveUp();
      throw error;
    }
    // before the data forget where they are; what cannot be removed is in nobody's way
    await quietly(removeOriginals(metainfo, items, names, layout.real, disk));
    await this.#end(goal);
  }

  /** From here on a crash is settled by what is on the disk. */
  async #begin(change: NonNullable<ContentLayout['change']>): Promise<void> {
    const { layout } = this.#needs;
    const before = layout.change;
    layout.change = change;
    try {
      await this.#needs.checkpoint();
      await this.#needs.release();
    } catch (error) {
      layout.change = before;
      throw error;
    }
  }

  /** Nothing has changed: what is stored must not say that it might. */
  async #giveUp(): Promise<void> {
    this.#needs.layout.change = undefined;
    await this.#needs.checkpoint();
  }

  async #end(at: Whereabouts): Promise<void> {
    const { layout } = this.#needs;
    layout.moved(at);
    layout.change = undefined;
    await this.#needs.placed(at);
    await this.#needs.checkpoint();
  }

  /** Throws LocalFault `FILE_EXISTS`. */
  async #assertFree(path: SafePath): Promise<void> {
    if ((await this.#needs.disk.stat(path)) !== undefined)
      throw new LocalFault('FILE_EXISTS', { path });
  }

  /** Another file of the torrent, or a folder of it, has that name on some system. */
  #isTaken(name: string, file: number): boolean {
    const { metainfo, layout } = this.#needs;
    const folded = foldName(name);
    const folder = metainfo.files[file]?.path.slice(0, -1) ?? [];
    const depth = folder.length;
    for (const [other, { path }] of metainfo.files.entries()) {
      if (other === file || folder.some((part, at) => path[at] !== part)) continue;
      const renamed = path.length - 1 === depth ? layout.at.names.get(other) : undefined;
      if (foldName(renamed ?? path[depth] ?? '') === folded) return true;
    }
    return false;
  }
}

/** The content first: where it is, the parts file is made to be (`settlePlace`). */
async function renameBoth({ content, parts }: PlaceItems, disk: Disk): Promise<void> {
  await renameDurably(content.from, content.to, disk);
  if (parts === undefined) return;
  try {
    await renameDurably(parts.from, parts.to, disk);
  } catch (error) {
    await renameDurably(content.to, content.from, disk);
    throw error;
  }
}

function checkName(name: string, kind: 'file' | 'folder'): void {
  if (safeName(name, kind) !== name) throw new LocalFault('BAD_NAME', { name });
}

/** What cannot be cleared away is left; why this is done is told already. */
async function quietly(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof LocalFault)) throw error;
  }
}
