/** Under which addresses and names other devices can ask for the page. */
import { isIP, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { scopeOf } from '@coequal/base/node';
import { interfacesUp } from '../bind.ts';
import type { FindInterfaces } from '../bind.ts';
import type { CertificateNames } from './self-signed.ts';

export interface OwnNames extends CertificateNames {
  /** What the person added, `NAME` or `NAME:PORT`. */
  readonly added: readonly string[];
}

/** Of networks that only programs on this computer are in. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|podman)/;

/** `listenAddress`: the only one that is listened at. */
export function findOwnNames(
  listenAddress: string | undefined,
  added: readonly string[],
  find: FindInterfaces = interfacesUp,
  computer: string = hostname(),
): OwnNames {
  const addresses = listenAddress === undefined ? ownAddresses(find()) : [listenAddress];
  return { addresses, names: namesOf(computer), added: added.map((name) => name.toLowerCase()) };
}

/** The likeliest first: those of the local network, then IPv4, since people read it more easily. */
function ownAddresses(interfaces: ReturnType<FindInterfaces>): string[] {
  const found = Object.entries(interfaces).flatMap(([name, addresses]) =>
    addresses.map((address) => ({ address, rank: rankOf(name, address) })),
  );
  const others = found.filter(({ address }) => isReachable(address));
  const sorted = others.toSorted((one, other) => one.rank - other.rank);
  return [...new Set(sorted.map(({ address }) => address))];
}

function rankOf(name: string, address: string): number {
  const isFar = scopeOf(address) === 'everyone';
  return (VIRTUAL.test(name) ? 4 : 0) + (isIPv6(address) ? 2 : 0) + (isFar ? 1 : 0);
}

/** An address of the link alone needs the name of an interface, which no browser takes. */
function isReachable(address: string): boolean {
  return scopeOf(address) !== 'computer' && !/^fe[89ab]/i.test(address);
}

function namesOf(computer: string): string[] {
  const name = computer.toLowerCase();
  const [first = ''] = name.split('.');
  const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) && isIP(name) === 0;
  if (!isName || first === 'localhost') return [];
  return [...new Set([`${first}.local`, name])];
}

export type PageScheme = 'https' | 'http';
const USUAL_PORTS: Readonly<Record<PageScheme, number>> = { https: 443, http: 80 };

/** What the Host header of a request may be: no name that was made to lead here is among them (DNS rebinding). */
export function hostHeaders(own: OwnNames, scheme: PageScheme, port: number): Set<string> {
  const hosts = new Set<string>();
  const add = (host: string): void => {
    hosts.add(`${host}:${port}`);
    if (port === USUAL_PORTS[scheme]) hosts.add(host);
  };
  for (const host of [...own.addresses.map(bracketed), ...own.names]) add(host);
  for (const name of own.added) {
    // another port is that of a router or a proxy in front
    hosts.add(name);
    if (!name.includes(':')) add(name);
  }
  return hosts;
}

export interface PageAddress {
  readonly host: string;
  readonly url: string;
}

/** Where people can open it; the likeliest first. */
export function pageAddresses(
  own: OwnNames,
  scheme: PageScheme,
  port: number,
  isVouchedFor: boolean,
): PageAddress[] {
  const at = (host: string): PageAddress => {
    const isWhole = /:\d+$/.test(host) && isIP(host) === 0;
    const suffix = isWhole || port === USUAL_PORTS[scheme] ? '' : `:${port}`;
    return { host, url: `${scheme}://${bracketed(host)}${suffix}` };
  };
  const added = own.added.map(at);
  const others = [...own.addresses, ...own.names].map(at);
  return isVouchedFor ? [...added, ...others] : [...others, ...added];
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
