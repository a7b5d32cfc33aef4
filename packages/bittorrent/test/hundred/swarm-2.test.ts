import { testSeeds } from './hundred-peers.ts';

testSeeds(2, 10);
