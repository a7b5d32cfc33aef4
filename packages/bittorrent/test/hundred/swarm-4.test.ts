import { testSeeds } from './hundred-peers.ts';

testSeeds(4, 10);
