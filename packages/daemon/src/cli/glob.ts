/** Choosing files of a torrent by patterns: `*` within a name, `**` across folders, `?` one character. */

/** Longer ones are made by no hand, and a pattern is run on every path of a torrent. */
const PATTERN_LENGTH_MAX = 1_000;

/**
 * Whether a path (parts joined by `/`) is chosen by any of the patterns. Case does not matter. A pattern
 * without `/` is meant for the file's own name, wherever it is; one with `/` for the whole path. A
 * pattern that names a folder chooses all that is in it.
 */
export function globFilter(patterns: readonly string[]): (path: string) => boolean {
  const matchers = patterns.map(globMatcher);
  return (path) => matchers.some((isChosen) => isChosen(path));
}

function globMatcher(pattern: string): (path: string) => boolean {
  const trimmed = pattern
    .slice(0, PATTERN_LENGTH_MAX)
    .replace(/^\.?\/+/, '')
    .replace(/\/+$/, '');
  const isForNames = !trimmed.includes('/');
  const wanted = trimmed.toLowerCase();
  return (path) => {
    const parts = path.toLowerCase().split('/');
    // a folder that is chosen brings what is below it
    for (let end = 1; end <= parts.length; end++) {
      const text = isForNames ? (parts[end - 1] ?? '') : parts.slice(0, end).join('/');
      if (matches(wanted, text)) return true;
    }
    return false;
  };
}

/**
 * Follows all ways to read the pattern at once, so that none can take exponential time. State 2n: before
 * token n. State 2n + 1: within a folder's name that `**\/` stands for.
 */
function matches(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\*\*\/|\*\*|[^]/gu) ?? [];
  let states = withEmptyStars(tokens, new Set([0]));
  for (const character of Array.from(text)) {
    const next = new Set<number>();
    for (const state of states) {
      for (const after of step(tokens[state >> 1], state, character)) next.add(after);
    }
    states = withEmptyStars(tokens, next);
  }
  return states.has(tokens.length * 2);
}

/** Where one character of the path leads. */
function step(token: string | undefined, state: number, character: string): readonly number[] {
  const before = state & ~1;
  if (token === '**/') return character === '/' ? [before] : [before + 1];
  if (token === '**') return [before];
  if (token === '*') return character === '/' ? [] : [before];
  if (token === '?') return character === '/' ? [] : [before + 2];
  return token === character ? [before + 2] : [];
}

/** Stars stand for nothing, too. */
function withEmptyStars(tokens: readonly string[], states: Set<number>): Set<number> {
  // a set grows while it is walked: what is added is walked, too
  for (const state of states) {
    const isBefore = (state & 1) === 0;
    if (isBefore && tokens[state >> 1]?.startsWith('*') === true) states.add(state + 2);
  }
  return states;
}
