/** `coequal verify`: checks content against its torrent, and changes nothing. */
import { rootPath } from '@coequal/base';
import type { Hasher } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { checkContent } from '@coequal/bittorrent/content';
import type { CheckedFile, ContentCheck, Metainfo } from '@coequal/bittorrent';
import { findContent } from './content-place.ts';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes } from './format.ts';
import { parseTorrentFile } from './parse-torrent.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { readTorrentFile } from './torrent-source.ts';
import { openWorkView } from './work-view.ts';

/** Files named as bad, for people; programs get all. */
const FILES_SHOWN_MAX = 50;

/** 0 when all is good, 1 when anything is missing or damaged. */
export async function verify(
  file: string,
  path: string,
  options: { readonly json: boolean },
  hasher?: Hasher,
): Promise<number> {
  return await inShell({ isJson: options.json }, async (shell) => {
    const metainfo = parseTorrentFile(await readTorrentFile(file));
    const contentPath = rootPath(await findContent(metainfo, path));
    const check = await checkAll(metainfo, contentPath, shell, hasher);
    const isGood = check.files.every(({ condition }) => condition === 'good');
    if (shell.isJson) emitCheck(metainfo, check, isGood, shell);
    else printCheck(metainfo, check, contentPath, shell);
    return isGood ? EXIT.done : EXIT.failed;
  });
}

async function checkAll(
  metainfo: Metainfo,
  contentPath: ReturnType<typeof rootPath>,
  shell: Shell,
  hasher: Hasher | undefined,
): Promise<ContentCheck> {
  await using ports = openPorts({ hasher });
  using view = await openWorkView(shell, 'checking');
  return await checkContent(metainfo, contentPath, ports, shell.stop, (checked, total) =>
    view.progress(checked, total, (pieces) => count(pieces, 'piece')),
  );
}

function emitCheck(metainfo: Metainfo, check: ContentCheck, isGood: boolean, shell: Shell): void {
  for (const [index, { path }] of metainfo.files.entries()) {
    const { condition, pieces, piecesBad } = check.files[index] ?? {};
    shell.emit({ event: 'file', path: path.join('/'), condition, pieces, piecesBad });
  }
  const { pieceCount, piecesGood } = check;
  shell.emit({ event: 'verified', good: isGood, pieces: pieceCount, piecesGood });
}

function printCheck(metainfo: Metainfo, check: ContentCheck, path: string, shell: Shell): void {
  const bad = check.files
    .map((checked, index) => ({ checked, file: metainfo.files[index] }))
    .filter(({ checked }) => checked.condition !== 'good');
  for (const { checked, file } of bad.slice(0, FILES_SHOWN_MAX)) {
    if (file === undefined) continue;
    shell.print(`${file.path.join('/')}: ${conditionText(checked, file.length)}`);
  }
  if (bad.length > FILES_SHOWN_MAX) shell.print(`… and ${bad.length - FILES_SHOWN_MAX} more files`);
  const { pieceCount, piecesGood } = check;
  const files = count(metainfo.files.length, 'file');
  if (bad.length === 0) {
    shell.print(`All good: ${formatBytes(metainfo.length)} in ${files}, ${path}`);
    return;
  }
  shell.print(
    `${bad.length} of ${files} not good, ${pieceCount - piecesGood} of ` +
      `${count(pieceCount, 'piece')} missing or damaged. \`coequal get\` fetches what is missing.`,
  );
}

function conditionText(checked: CheckedFile, length: number): string {
  const { condition, lengthThere, pieces, piecesBad } = checked;
  const inPieces = `${piecesBad} of ${count(pieces, 'piece')}`;
  switch (condition) {
    case 'good':
      return 'good';
    case 'missing':
      return `missing (${count(pieces, 'piece')})`;
    case 'wrong-length':
      return `${formatBytes(lengthThere ?? 0)} (${lengthThere} bytes) instead of ${length}; ${inPieces} bad`;
    case 'damaged':
      return `damaged: ${inPieces} bad`;
    case 'unsure':
      return `not sure: ${inPieces} cannot be checked, as they are shared with a file that is not good`;
  }
}
