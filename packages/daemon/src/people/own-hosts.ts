/** Addresses of this computer, as others could use them. */
import { scopeOf } from '@coequal/base/node';
import { interfacesUp } from '../bind.ts';
import type { PortsWithin } from '../reach.ts';

/** Where somebody else could reach this computer. */
export function outerHosts({ binding }: PortsWithin): readonly string[] {
  if (binding !== undefined) return binding.hosts;
  return Object.values(interfacesUp())
    .flat()
    .filter((host) => scopeOf(host) !== 'computer' && !host.startsWith('fe80:'));
}
