/** The code of a system's error, such as `ENOENT`; undefined of any other. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
