import { testSeeds } from './thirty-peers.ts';

testSeeds(2, 4);
