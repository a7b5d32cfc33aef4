/**
 * What is said to a router that speaks UPnP: search (UPnP Device Architecture 1.1, section 1.3), description, and
 * the actions of WANIPConnection that map ports. Answers are scanned for the few values that matter: no XML is
 * built or trusted.
 */
import { decodeUtf8, encodeUtf8 } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import type { MappedProtocol } from './pcp.ts';

export const SSDP_GROUP: Endpoint = { host: '239.255.255.250', port: 1900 };

/** Routers of the first and the second version answer to the first; some of the second to their own alone. */
const SEARCH_TARGETS: readonly string[] = [1, 2].map(
  (version) => `urn:schemas-upnp-org:device:InternetGatewayDevice:${version}`,
);

/** Seconds within which a device is to answer. */
const SEARCH_SECONDS = 1;

const SERVICE = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/;

export function encodeSearches(): readonly Uint8Array[] {
  return SEARCH_TARGETS.map((target) =>
    encodeUtf8(
      `M-SEARCH * HTTP/1.1\r\nHOST: ${SSDP_GROUP.host}:${SSDP_GROUP.port}\r\n` +
        `MAN: "ssdp:discover"\r\nMX: ${SEARCH_SECONDS}\r\nST: ${target}\r\n\r\n`,
    ),
  );
}

/**
 * Where the router describes itself; undefined for what is no such answer. It must be at the address that
 * answered: nobody in the local network is to send us elsewhere.
 */
export function parseSearchAnswer(bytes: Uint8Array, from: string): URL | undefined {
  const text = decodeUtf8(bytes) ?? '';
  if (!/^HTTP\/1\.[01] 200 /.test(text)) return undefined;
  if (!/^ST:\s*urn:schemas-upnp-org:device:InternetGatewayDevice:/im.test(text)) return undefined;
  const [, location = ''] = /^LOCATION:\s*(\S+)\s*$/im.exec(text) ?? [];
  return ownUrl(location, undefined, from);
}

export interface UpnpService {
  readonly type: string;
  readonly control: URL;
}

/** The first service of a description that maps ports. */
export function parseDescription(xml: string, location: URL): UpnpService | undefined {
  for (const [, service = ''] of xml.matchAll(/<service>([\s\S]*?)<\/service>/gi)) {
    const type = textOf(service, 'serviceType');
    const control = ownUrl(textOf(service, 'controlURL') ?? '', location, location.hostname);
    if (type !== undefined && SERVICE.test(type) && control !== undefined) return { type, control };
  }
  return undefined;
}

/** An http address at `host`. */
function ownUrl(text: string, base: URL | undefined, host: string): URL | undefined {
  const url = URL.parse(text, base?.href);
  return url !== null && url.protocol === 'http:' && url.hostname === host ? url : undefined;
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

/** What the router has against it (UPnP error codes, such as 718: taken by another). */
export function parseErrorCode(xml: string): number | undefined {
  const code = Number(textOf(xml, 'errorCode'));
  return Number.isInteger(code) ? code : undefined;
}

/** Of the first element of that name. */
function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`, 'i').exec(xml)?.[1];
}
