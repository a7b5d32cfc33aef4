/** Where Local Service Discovery (BEP 14) is heard. */
import type { Endpoint } from '@coequal/base';

/** Multicast groups, that of IPv4 first. */
export const LSD_GROUPS: readonly [Endpoint, Endpoint] = [
  { host: '239.192.152.143', port: 6771 },
  { host: 'ff15::efc0:988f', port: 6771 },
];
