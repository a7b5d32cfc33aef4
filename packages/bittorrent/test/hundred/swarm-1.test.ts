import { testSeeds } from './hundred-peers.ts';

testSeeds(1, 10);
