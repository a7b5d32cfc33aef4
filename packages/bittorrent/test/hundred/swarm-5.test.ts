import { testSeeds } from './hundred-peers.ts';

testSeeds(5, 10);
