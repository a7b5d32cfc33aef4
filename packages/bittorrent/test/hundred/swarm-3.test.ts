import { testSeeds } from './hundred-peers.ts';

testSeeds(3, 10);
