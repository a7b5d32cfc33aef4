import { testSeeds } from './thirty-peers.ts';

testSeeds(1, 4);
