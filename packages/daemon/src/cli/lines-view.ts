/** A transfer told in lines, for logs and pipes: states as they change, figures now and then. */
import { contactsText } from './contacts.ts';
import type { Shell } from './shell.ts';
import { count, formatBytes, formatDuration, formatPercent, formatRate } from './format.ts';
import type { TransferMoment, TransferView } from './transfer-view.ts';

/** Between two lines of figures: a log of a day's transfer stays readable. */
const LINE_INTERVAL_MS = 10_000;

export function linesView(shell: Shell, now: () => number): TransferView {
  let toldAt = -Infinity;
  let toldTopic: string | undefined;
  let toldFigures = '';
  return {
    listening: (port) => shell.note(`Listening for peers on port ${port}.`),
    contacts: (contacts, reach) => shell.note(contactsText(contacts, reach)),
    metadata: ({ name, length, files }) =>
      shell.note(`${name}: ${formatBytes(length)} in ${count(files.length, 'file')}.`),
    progress(moment) {
      const { topic, reason } = moment;
      const isNews = topic !== undefined && topic !== toldTopic;
      toldTopic = topic;
      if (!isNews && now() - toldAt < LINE_INTERVAL_MS) return;
      toldAt = now();
      const figures = figuresText(moment);
      // an idle server fills no log
      if (isNews || figures !== toldFigures)
        shell.note(reason === undefined ? figures : `${figures}, ${reason}`);
      toldFigures = figures;
    },
    complete: (note) => shell.note(note),
    summary: () => undefined,
    close: () => undefined,
  };
}

/** `42 % of 1.2 GB, 10 MB/s down, 1 MB/s up, 3 peers, 2 min 10 s left`. */
function figuresText(moment: TransferMoment): string {
  const { have, total, down, up, peers, etaSeconds } = moment;
  const parts = [
    ...(total === 0 ? [] : [`${formatPercent(have, total)} of ${formatBytes(total)}`]),
    ...(have === total && total > 0 ? [] : [`${formatRate(down)} down`]),
    `${formatRate(up)} up`,
    count(peers, 'peer'),
    ...(etaSeconds === undefined ? [] : [`${formatDuration(etaSeconds)} left`]),
  ];
  return parts.join(', ');
}
