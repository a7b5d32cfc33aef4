/** German. The keys are those of English, which tsc and a test see to. */
import type { Catalog } from '../language.ts';
import { care } from './care.ts';
import { demo } from './demo.ts';
import { detail } from './detail.ts';
import { doctor } from './doctor.ts';
import { moves } from './moves.ts';
import { devices } from './devices.ts';
import { handover } from './handover.ts';
import { identity } from './identity.ts';
import { imports } from './imports.ts';
import { page } from './page.ts';
import { peopleReasons } from './people-reasons.ts';
import { people } from './people.ts';
import { reasons } from './reasons.ts';
import { seen } from './seen.ts';
import { settings } from './settings.ts';
import { sources } from './sources.ts';
import { transfers } from './transfers.ts';

export const de: Catalog = {
  ...page,
  ...transfers,
  ...detail,
  ...care,
  ...demo,
  ...doctor,
  ...moves,
  ...settings,
  ...sources,
  ...devices,
  ...reasons,
  ...imports,
  ...people,
  ...identity,
  ...handover,
  ...seen,
  ...peopleReasons,
};
