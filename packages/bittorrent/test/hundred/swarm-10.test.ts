import { testSeeds } from './hundred-peers.ts';

testSeeds(10, 10);
