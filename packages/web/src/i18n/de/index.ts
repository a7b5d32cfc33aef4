/** German. The keys are those of English, which tsc and a test see to. */
import type { Catalog } from '../language.ts';
import { care } from './care.ts';
import { detail } from './detail.ts';
import { imports } from './imports.ts';
import { page } from './page.ts';
import { reasons } from './reasons.ts';
import { settings } from './settings.ts';
import { transfers } from './transfers.ts';

export const de: Catalog = {
  ...page,
  ...transfers,
  ...detail,
  ...care,
  ...settings,
  ...reasons,
  ...imports,
};
