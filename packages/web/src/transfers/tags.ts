/** Tags as a person types them: between commas, the Arabic one too. */
export function tagsIn(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,،]/)
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
}
