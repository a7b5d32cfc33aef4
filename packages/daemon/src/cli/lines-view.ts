/** A transfer told in lines, for logs and pipes: states as they change, figures now and then. */
import type { Shell } from './shell.ts';
import { count, formatBytes, formatDuration, formatPercent, formatRate } from './format.ts';
import type { TransferMoment, TransferView } from './transfer-view.ts';

/** Between two lines of figures: a log of a day's transfer stays readable. */
const LINE_INTERVAL_MS = 10_000;

export function linesView(shell: Shell, now: () => number): TransferView {
  let toldAt = -Infinity;
  let toldReason: string | undefined;
  let toldLine = '';
  return {
    listening: (port) => shell.note(`Listening for peers on port ${port}.`),
    metadata: ({ name, length, files }) =>
      shell.note(`${name}: ${formatBytes(length)} in ${count(files.length, 'file')}.`),
    progress(moment) {
      // how far a check has come is no news
      const reason = moment.isChecking ? 'checking' : moment.reason;
      const isNews = reason !== undefined && reason !== toldReason;
      toldReason = reason;
      if (!isNews && now() - toldAt < LINE_INTERVAL_MS) return;
      toldAt = now();
      const line = momentLine(moment);
      if (line !== toldLine) shell.note(line); // an idle server fills no log
      toldLine = line;
    },
    complete: (note) => shell.note(note),
    summary: () => undefined,
    close: () => undefined,
  };
}

/** `42 % of 1.2 GB, 10 MB/s down, 1 MB/s up, 3 peers, 2 min 10 s left`. */
function momentLine(moment: TransferMoment): string {
  const { have, total, down, up, peers, etaSeconds, reason } = moment;
  const parts = [
    ...(total === 0 ? [] : [`${formatPercent(have, total)} of ${formatBytes(total)}`]),
    ...(have === total && total > 0 ? [] : [`${formatRate(down)} down`]),
    `${formatRate(up)} up`,
    count(peers, 'peer'),
    ...(etaSeconds === undefined ? [] : [`${formatDuration(etaSeconds)} left`]),
    ...(reason === undefined ? [] : [reason]),
  ];
  return parts.join(', ');
}
