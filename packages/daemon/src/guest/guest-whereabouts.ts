/** Where guests are listened for, and by which names they may ask. */
import { hostname } from 'node:os';
import { findBindHosts, interfacesUp } from '../bind.ts';
import type { FindInterfaces } from '../bind.ts';
import type { Reach } from '../reach.ts';
import { findOwnNames } from '../remote-page/own-names.ts';
import type { OwnNames } from '../remote-page/own-names.ts';
import { outsideAddress } from './guest-report.ts';
import type { GuestOutside } from './guest-outside.ts';

export interface Whereabouts {
  readonly reach: Reach;
  readonly bind: string | null;
  readonly pageNames: readonly string[];
  /** Undefined: those of this computer. */
  readonly find: FindInterfaces | undefined;
}

/** Undefined: all addresses. */
export function listenAddresses({ reach, bind, find }: Whereabouts): readonly string[] | undefined {
  if (reach === 'loopback') return ['127.0.0.1'];
  return bind === null ? undefined : findBindHosts(bind, find);
}

export function guestOwnNames(at: Whereabouts): OwnNames {
  const { find = interfacesUp, reach, pageNames } = at;
  if (reach === 'loopback') return { addresses: ['127.0.0.1'], names: ['localhost'], added: [] };
  const own = findOwnNames(undefined, pageNames, find, hostname());
  const listened = listenAddresses(at);
  return { ...own, addresses: own.addresses.filter((each) => listened?.includes(each) ?? true) };
}

/** What guests may ask for; from outside by the router's address. */
export function hostsOf(
  open: { readonly hosts: ReadonlySet<string>; readonly outside: GuestOutside } | undefined,
): ReadonlySet<string> {
  if (open === undefined) return new Set();
  const outside = outsideAddress(open.outside.seen);
  return outside === undefined ? open.hosts : new Set([...open.hosts, outside]);
}
