import { openClock } from '../../src/node/clock.ts';
import { describeClock } from '../contract/clock.ts';
import { pump } from './worlds.ts';

describeClock('the timers of this process', async () => ({
  clock: openClock(),
  pump,
  [Symbol.asyncDispose]: async () => {},
}));
