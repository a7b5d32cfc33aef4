/** The words of the page's language, for every component. */
import { createContext, use } from 'react';
import type { Catalog, Language, Words } from './language.ts';

export const WordsContext = createContext<Words | undefined>(undefined);

export function useWords(): Words {
  const words = use(WordsContext);
  if (words === undefined) throw new Error('outside of WordsContext');
  return words;
}

/** Only the language in use is fetched. */
export async function loadCatalog(language: Language): Promise<Catalog> {
  switch (language) {
    case 'en':
      return (await import('./en/index.ts')).en;
    case 'de':
      return (await import('./de/index.ts')).de;
    case 'ar':
      return (await import('./ar/index.ts')).ar;
  }
}
