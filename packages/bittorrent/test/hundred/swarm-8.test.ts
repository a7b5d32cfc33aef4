import { testSeeds } from './hundred-peers.ts';

testSeeds(8, 10);
