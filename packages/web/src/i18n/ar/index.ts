import type { Catalog } from '../language.ts';
import { en } from '../en/index.ts';
export const ar: Catalog = en;
