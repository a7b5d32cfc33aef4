import { testSeeds } from './hundred-peers.ts';

testSeeds(9, 10);
