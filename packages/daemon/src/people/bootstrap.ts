/** Where HyperDHT is entered when nothing else is set: nodes that its makers keep for everyone (hyperdht 6.34). */
import type { Endpoint } from '@coequal/base';

export const DEFAULT_PEOPLE_BOOTSTRAP: readonly Endpoint[] = [
  { host: '88.99.3.86', port: 49_737 },
  { host: '142.93.90.113', port: 49_737 },
  { host: '138.68.147.8', port: 49_737 },
];
