import { testSeeds } from './thirty-peers.ts';

testSeeds(3, 4);
