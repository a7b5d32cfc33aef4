/** Transmission's labels are our tags. */
import { bad } from './arguments.ts';
import type { Arguments } from './arguments.ts';

/** As in the API. */
const LABELS_MAX = 50;
const LABEL_LENGTH_MAX = 100;

/** Throws LocalFault `BAD_REQUEST`. */
export function labelsOf(args: Arguments): string[] | undefined {
  const labels = args.texts('labels', LABELS_MAX)?.map((label) => label.trim());
  if (labels?.some((label) => label.length > LABEL_LENGTH_MAX) === true)
    throw bad('labels', `are longer than ${LABEL_LENGTH_MAX} letters`);
  return labels?.filter((label) => label !== '');
}
