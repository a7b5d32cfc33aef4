import { testSeeds } from './hundred-peers.ts';

testSeeds(7, 10);
