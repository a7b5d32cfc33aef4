/**
 * What is said to a router that speaks UPnP: search (UPnP Device Architecture 1.1, section 1.3), description, and
 * the actions of WANIPConnection that map ports, and those of WANIPv6FirewallControl that open the firewall. Answers are scanned for the few values that matter: no XML is
 * built or trusted.
 */
import { isIPv4 } from 'node:net';
import { decodeUtf8, encodeUtf8 } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import type { MappedProtocol } from './pcp.ts';

/** What a router is wanted for: to map ports of IPv4, or to let in what comes over IPv6. */
export interface UpnpKind {
  /** Where devices listen for searches. */
  readonly group: Endpoint;
  /** Kinds of devices or services that answer. */
  readonly targets: readonly string[];
  readonly service: RegExp;
}

const DEVICE = 'urn:schemas-upnp-org:device:InternetGatewayDevice:';
const FIREWALL = 'urn:schemas-upnp-org:service:WANIPv6FirewallControl:1';

/** WANIPConnection or WANPPPConnection. */
export const MAPPING: UpnpKind = {
  group: { host: '239.255.255.250', port: 1900 },
  // routers of the first and the second version answer to the first; some of the second to their own alone
  targets: [1, 2].map((version) => `${DEVICE}${version}`),
  service: /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/,
};

/** WANIPv6FirewallControl, of routers of the second version; asked over IPv6 (annex A of the Device Architecture). */
export const PINHOLES: UpnpKind = {
  group: { host: 'ff02::c', port: 1900 },
  targets: [`${DEVICE}2`, FIREWALL],
  service: new RegExp(`^${FIREWALL}$`),
};

/** `zone`: the interface, which a group of IPv6 needs. */
export function searchGroup({ group }: UpnpKind, zone: string | undefined): Endpoint {
  return zone === undefined ? group : { host: `${group.host}%${zone}`, port: group.port };
}

/** Seconds within which a device is to answer. */
const SEARCH_SECONDS = 1;

export function encodeSearches({
  group: { host, port },
  targets,
}: UpnpKind): readonly Uint8Array[] {
  const group = host.includes(':') ? `[${host.toUpperCase()}]` : host;
  return targets.map((target) =>
    encodeUtf8(
      `M-SEARCH * HTTP/1.1\r\nHOST: ${group}:${port}\r\n` +
        `MAN: "ssdp:discover"\r\nMX: ${SEARCH_SECONDS}\r\nST: ${target}\r\n\r\n`,
    ),
  );
}

/** Where a router is asked. */
export interface UpnpPlace {
  readonly url: URL;
  /** The interface, where the address is of one link alone. */
  readonly zone: string | undefined;
}

/**
 * Where the router describes itself; undefined for what is no such answer. It must be at the address that
 * answered: nobody in the local network is to send us elsewhere.
 */
export function parseSearchAnswer(bytes: Uint8Array, from: string): UpnpPlace | undefined {
  const text = decodeUtf8(bytes) ?? '';
  if (!/^HTTP\/1\.[01] 200 /.test(text)) return undefined;
  const [, target = ''] = /^ST:\s*(\S+)/im.exec(text) ?? [];
  if (!target.startsWith(DEVICE) && target !== FIREWALL) return undefined;
  const [, location = ''] = /^LOCATION:\s*(\S+)\s*$/im.exec(text) ?? [];
  const [host = '', zone] = from.split('%');
  const url = ownUrl(location, undefined, host);
  return url && { url, zone };
}

export interface UpnpService {
  readonly type: string;
  readonly control: UpnpPlace;
}

/** The first service of that kind in a description. */
export function parseDescription(
  xml: string,
  { url, zone }: UpnpPlace,
  kind: UpnpKind,
): UpnpService | undefined {
  for (const [, service = ''] of xml.matchAll(/<service>([\s\S]*?)<\/service>/gi)) {
    const type = textOf(service, 'serviceType');
    const control = ownUrl(textOf(service, 'controlURL') ?? '', url, hostOf(url));
    if (type !== undefined && kind.service.test(type) && control !== undefined)
      return { type, control: { url: control, zone } };
  }
  return undefined;
}

/** An address of IPv6 without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** An http address at `host`. */
function ownUrl(text: string, base: URL | undefined, host: string): URL | undefined {
  const url = URL.parse(text, base?.href);
  return url !== null && url.protocol === 'http:' && hostOf(url) === host ? url : undefined;
}

export interface UpnpMapping {
  readonly protocol: MappedProtocol;
  readonly port: number;
  readonly externalPort: number;
  /** Of this computer, as the router sees it. */
  readonly client: string;
  /** 0: until it is removed. */
  readonly leaseSeconds: number;
}

export interface UpnpCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function addPortMapping(type: string, mapping: UpnpMapping): UpnpCall {
  return call(type, 'AddPortMapping', {
    ...mappingKey(mapping),
    NewInternalPort: mapping.port,
    NewInternalClient: mapping.client,
    NewEnabled: 1,
    NewPortMappingDescription: 'Coequal',
    NewLeaseDuration: mapping.leaseSeconds,
  });
}

export function externalAddress(type: string): UpnpCall {
  return call(type, 'GetExternalIPAddress', {});
}

/** Of the answer to `externalAddress`; undefined when there is none in it. */
export function parseExternalAddress(xml: string): string | undefined {
  const text = textOf(xml, 'NewExternalIPAddress');
  return text !== undefined && isIPv4(text) ? text : undefined;
}

export function deletePortMapping(
  type: string,
  mapping: Pick<UpnpMapping, 'protocol' | 'externalPort'>,
): UpnpCall {
  return call(type, 'DeletePortMapping', mappingKey(mapping));
}

function mappingKey({
  protocol,
  externalPort,
}: Pick<UpnpMapping, 'protocol' | 'externalPort'>): Readonly<Record<string, string | number>> {
  return {
    NewRemoteHost: '',
    NewExternalPort: externalPort,
    NewProtocol: protocol.toUpperCase(),
  };
}

export interface Pinhole {
  readonly protocol: MappedProtocol;
  readonly port: number;
  /** Of this computer: a router opens a hole for who asks alone. */
  readonly client: string;
  readonly leaseSeconds: number;
}

export function addPinhole(
  type: string,
  { protocol, port, client, leaseSeconds }: Pinhole,
): UpnpCall {
  return call(type, 'AddPinhole', {
    RemoteHost: '',
    RemotePort: 0,
    InternalClient: client,
    InternalPort: port,
    Protocol: PROTOCOL_NUMBER[protocol],
    LeaseTime: leaseSeconds,
  });
}

/** Keeps it for so long from now on. */
export function updatePinhole(type: string, id: number, leaseSeconds: number): UpnpCall {
  return call(type, 'UpdatePinhole', { UniqueID: id, NewLeaseTime: leaseSeconds });
}

export function deletePinhole(type: string, id: number): UpnpCall {
  return call(type, 'DeletePinhole', { UniqueID: id });
}

/** By what the router knows the hole that it has opened. */
export function parsePinholeId(xml: string): number | undefined {
  const text = textOf(xml, 'UniqueID');
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** Values are numbers, addresses and words of ours: nothing to escape. */
function call(
  type: string,
  action: string,
  values: Readonly<Record<string, string | number>>,
): UpnpCall {
  const inner = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>`);
  return {
    headers: { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${type}#${action}"` },
    body:
      '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
      's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
      `<u:${action} xmlns:u="${type}">${inner.join('')}</u:${action}></s:Body></s:Envelope>`,
  };
}

/** As IANA assigns them. */
const PROTOCOL_NUMBER: Readonly<Record<MappedProtocol, number>> = { tcp: 6, udp: 17 };

/** What the router has against it (UPnP error codes, such as 718: taken by another). */
export function parseErrorCode(xml: string): number | undefined {
  const code = Number(textOf(xml, 'errorCode'));
  return Number.isInteger(code) ? code : undefined;
}

/** Of the first element of that name. */
function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`, 'i').exec(xml)?.[1];
}
