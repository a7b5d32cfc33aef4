/** What tells one source from another. */
import type { Source } from './sources.ts';

export function sourceKey(source: Source): string {
  return source.type === 'link' ? source.link : source.torrent;
}

/** What comes twice is one. */
export function mergeSources(
  sources: readonly Source[],
  more: readonly Source[],
): readonly Source[] {
  return [...new Map([...sources, ...more].map((source) => [sourceKey(source), source])).values()];
}
