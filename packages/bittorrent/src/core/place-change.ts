/**
 * A change of where content is, as resume data keep it while it is made: a start after a crash finds out by
 * the disk how far it came, and goes on or back. Never is there a moment at which neither place is whole.
 */
import { encodeUtf8, LocalFault } from '@coequal/base';
import { BencodeDictionary } from './bencode.ts';
import type { BencodeInput, BencodeValue } from './bencode.ts';

export type PlaceChange =
  /** Within a disk: done when it is at `to`. `directory`: where the parts file goes. */
  | { readonly type: 'move'; readonly to: string; readonly directory: string }
  /** To another disk: done, whatever is missing yet, once all is copied and durable. */
  | {
      readonly type: 'copy';
      readonly to: string;
      readonly directory: string;
      readonly isCopied: boolean;
    }
  /** Of a file within the content: done when it has the name. */
  | { readonly type: 'rename'; readonly file: number; readonly name: string };

export function encodePlaceChange(change: PlaceChange): { readonly [key: string]: BencodeInput } {
  if (change.type === 'rename')
    return { file: change.file, name: encodeUtf8(change.name), type: 'rename' };
  const { type, to, directory } = change;
  const isCopied = type === 'copy' && change.isCopied ? 1 : 0;
  return { copied: isCopied, directory: encodeUtf8(directory), to: encodeUtf8(to), type };
}

/** Throws LocalFault `RESUME_DATA_BAD`. */
export function decodePlaceChange(value: BencodeValue): PlaceChange {
  if (value instanceof BencodeDictionary) {
    const type = value.text('type');
    const [file, name] = [value.integer('file'), value.text('name')];
    if (type === 'rename' && file !== undefined && name !== undefined) return { type, file, name };
    const [to, directory] = [value.text('to'), value.text('directory')];
    if (to !== undefined && directory !== undefined) {
      if (type === 'move') return { type, to, directory };
      if (type === 'copy') return { type, to, directory, isCopied: value.integer('copied') === 1 };
    }
  }
  throw new LocalFault('RESUME_DATA_BAD', { why: 'change' });
}
