/** A transfer on a terminal: one bar for all, one for each file in work, as many as there is room for. */
import type { Metainfo } from '@coequal/bittorrent';
import { fileText, overallText } from './bar-text.ts';
import { contactsText } from './contacts.ts';
import { count, formatBytes, plain } from './format.ts';
import { Rows } from './rows.ts';
import type { BarTerminal } from './rows.ts';
import type { Shell } from './shell.ts';
import type { TransferMoment, TransferView } from './transfer-view.ts';

export function barsView(shell: Shell, terminal: BarTerminal): TransferView {
  const rows = new Rows(terminal);
  let files: Metainfo['files'] = [];
  shell.setNoteWriter((line) => rows.log(line));
  return {
    listening: (port) => rows.log(`Listening for peers on port ${port}.`),
    contacts: (contacts, reach) => rows.log(contactsText(contacts, reach)),
    metadata(metainfo) {
      files = metainfo.files;
      const { name, length } = metainfo;
      rows.log(`${plain(name)}: ${formatBytes(length)} in ${count(files.length, 'file')}`);
    },
    progress: (moment) => rows.show(rowTexts(moment, files, rows.max, rows.columns)),
    complete: (note) => rows.log(note),
    summary: () => undefined,
    close() {
      rows.close();
      shell.setNoteWriter(undefined);
    },
  };
}

/**
 * At most `max` rows: the transfer, why it does not move, the files in work, and how many more there are.
 */
export function rowTexts(
  moment: TransferMoment,
  files: Metainfo['files'],
  max: number,
  columns: number,
): readonly string[] {
  const { reason } = moment;
  // what is wrong, and each source of peers, in a row of its own
  const reasons = reason?.split('; ').map((part) => `  ${part}`) ?? [];
  const top = [overallText(moment, columns), ...reasons];
  const room = max - top.length;
  const open = [...moment.wantedFiles].filter((file) => {
    return (moment.files[file] ?? 0) < (files[file]?.length ?? 0);
  });
  if (files.length <= 1 || open.length === 0 || room < 2) return top.slice(0, max);
  // those under way first, then those that come next
  const ordered = open.toSorted((a, b) => rank(moment, b) - rank(moment, a) || a - b);
  const shown = ordered.slice(0, open.length <= room ? room : room - 1);
  const rows = shown.map((file) => {
    const { path = [], length = 0 } = files[file] ?? {};
    return fileText(path.join('/'), moment.files[file] ?? 0, length, columns);
  });
  const hidden = open.length - shown.length;
  return [...top, ...rows, ...(hidden === 0 ? [] : [`  … and ${hidden} more`])];
}

function rank({ files }: TransferMoment, file: number): number {
  return (files[file] ?? 0) > 0 ? 1 : 0;
}
