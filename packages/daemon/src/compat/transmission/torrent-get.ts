/** `torrent_get`: what is asked of each transfer, as objects or as a table. */
import { setImmediate } from 'node:timers/promises';
import { bad } from './arguments.ts';
import { FIELDS } from './fields.ts';
import type { Field } from './fields.ts';
import type { Method } from './method.ts';
import { snakeName } from './names.ts';
import { Reading } from './reading.ts';

/** There are not so many. */
const FIELDS_MAX = 200;
/** Transfers that are read before others get a turn: of one that rests the .torrent file is read and parsed. */
const READINGS_AT_ONCE = 20;

export const torrentGet: Method = async (args, { ids, parts }) => {
  const asked = args.texts('fields', FIELDS_MAX);
  if (asked === undefined) throw bad('fields', 'is missing');
  // what nobody here knows is left out, as Transmission does
  const fields = asked.flatMap((name): [string, Field][] => {
    const field = FIELDS.get(snakeName(name));
    return field === undefined ? [] : [[name, field]];
  });
  const { rows, removed } = ids.select(args);
  const values: unknown[][] = [];
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % READINGS_AT_ONCE === 0) await setImmediate();
    if (!parts.transfers.has(row.id)) continue; // it went meanwhile
    const reading = new Reading(row, ids.numberOf(row.id), ids.changedAt(row.id), parts.transfers);
    values.push(fields.map(([, field]) => field(reading)));
  }
  const names = fields.map(([name]) => name);
  return {
    torrents: args.text('format') === 'table' ? [names, ...values] : asObjects(names, values),
    ...(removed !== undefined && { removed }),
  };
};

function asObjects(names: readonly string[], values: readonly unknown[][]): object[] {
  return values.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}
