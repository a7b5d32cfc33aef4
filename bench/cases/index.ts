/** All cases, in the order in which they are run. */
import type { OpenCase } from '../case.ts';
import { create } from './create.ts';
import { idle } from './idle.ts';
import { magnet } from './magnet.ts';
import { recheck } from './recheck.ts';
import { start } from './start.ts';
import { limited, swarm } from './swarm.ts';
import { pair, small, utp, v2 } from './transfers.ts';

export const CASES: Readonly<Record<string, OpenCase>> = {
  pair,
  small,
  v2,
  utp,
  recheck,
  create,
  magnet,
  swarm,
  limited,
  idle,
  start,
};
