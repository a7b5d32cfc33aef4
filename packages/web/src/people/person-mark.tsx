/** A round sign of a person: the first letter of the name, and whether they are there. */
import type { PathState } from './path-words.ts';

export function PersonMark(props: {
  readonly name: string;
  readonly state?: PathState;
  readonly isLarge?: boolean;
}) {
  const { name, state, isLarge = false } = props;
  const [first = '?'] =
    new Intl.Segmenter().segment(name.trim())[Symbol.iterator]().next().value?.segment ?? '?';
  return (
    <span
      className={isLarge ? 'person-mark is-large' : 'person-mark'}
      data-path={state}
      aria-hidden="true"
    >
      {first.toLocaleUpperCase()}
    </span>
  );
}
