/** English: the language that the others are translated from. Messages are in ICU MessageFormat. */
import { care } from './care.ts';
import { detail } from './detail.ts';
import { imports } from './imports.ts';
import { page } from './page.ts';
import { reasons } from './reasons.ts';
import { settings } from './settings.ts';
import { transfers } from './transfers.ts';

export const en = {
  ...page,
  ...transfers,
  ...detail,
  ...care,
  ...settings,
  ...reasons,
  ...imports,
} as const;
