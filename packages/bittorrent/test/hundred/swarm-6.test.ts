import { testSeeds } from './hundred-peers.ts';

testSeeds(6, 10);
