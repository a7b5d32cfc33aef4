import { openRandom } from '../../src/node/random.ts';
import { describeRandom } from '../contract/random.ts';

describeRandom('the generator of the system', openRandom);
