import { testSeeds } from './thirty-peers.ts';

testSeeds(4, 4);
