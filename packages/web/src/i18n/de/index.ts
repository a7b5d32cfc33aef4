import type { Catalog } from '../language.ts';
import { en } from '../en/index.ts';
export const de: Catalog = en;
