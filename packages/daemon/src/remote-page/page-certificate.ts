/**
 * The certificate of the page on other devices. One that the peer makes is kept with its key in one file, so that a
 * torn state is none, and made anew before it ends or when the computer has another address; one that the person gave
 * is read as it is.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { CertificateNames } from './self-signed.ts';

/** Key and certificate in PEM, readable by the owner alone. */
export const CERTIFICATE_FILE = 'page-certificate.pem';

const DAY_MS = 86_400_000;
/** Browsers and systems refuse longer ones, also where a person said that this one is good. */
const VALID_MS = 397 * DAY_MS;
/** Each new one makes browsers warn again: not often, and not on the last day. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** For devices whose clocks are behind. */
const BACKDATED_MS = DAY_MS;
/** Names and addresses of one: those of earlier networks stay, so that to come home makes no new one. */
const NAMES_MAX = 40;
/** A key, a certificate and a long chain take a tenth. */
const FILE_LENGTH_MAX = 1_000_000;

export interface PageCertificate {
  /** In PEM. */
  readonly key: string;
  /** In PEM, with those that vouch for it. */
  readonly chain: string;
  /** SHA-256, `AB:CD:…`. */
  readonly fingerprint: string;
  /** Of the Unix epoch. */
  readonly validUntil: number;
  readonly isOwn: boolean;
  readonly names: CertificateNames;
}

/** Undefined: there is none, or none that can be used. */
export function readOwnCertificate(home: string): PageCertificate | undefined {
  const path = join(home, CERTIFICATE_FILE);
  try {
    const text = readText(path);
    chmodSync(path, 0o600);
    return parseOwn(text);
  } catch {
    return undefined; // another is made in its place
  }
}

/**
 * Whether it lasts, and has all names and IPv4 addresses that are wanted. IPv6 addresses are not looked at: many
 * systems take new ones every day, and each new certificate makes browsers warn anew.
 */
export function isGoodFor(
  { names, validUntil }: PageCertificate,
  wanted: CertificateNames,
  now: number,
): boolean {
  return (
    validUntil - now > RENEW_BEFORE_MS &&
    new Set(wanted.names).isSubsetOf(new Set(names.names)) &&
    new Set(wanted.addresses.filter(isIPv4)).isSubsetOf(new Set(names.addresses))
  );
}

/** With the names that are wanted, and those of `earlier`. Throws LocalFault `DISK_FULL` or `PAGE_CERTIFICATE_BAD`. */
export async function makeOwnCertificate(
  home: string,
  wanted: CertificateNames,
  earlier: PageCertificate | undefined,
  now: number,
): Promise<PageCertificate> {
  // loaded when one is made, once a year: it takes longer than all else that a start needs
  await import('reflect-metadata'); // which the library's own parts ask for
  const { makeSelfSigned } = await import('./self-signed.ts');
  const addresses = [
    ...wanted.addresses,
    ...(earlier?.names.addresses ?? []).filter((address) => isIPv4(address)),
  ];
  const pem = await makeSelfSigned(
    {
      names: atMost([...wanted.names, ...(earlier?.names.names ?? [])]),
      addresses: atMost(addresses),
    },
    { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + VALID_MS) },
  );
  const path = join(home, CERTIFICATE_FILE);
  writeWhole(path, pem);
  return parseOwn(pem);
}

/** Throws LocalFault `PAGE_CERTIFICATE_BAD`, with the file that cannot be used. */
export function readGivenCertificate(
  certificatePath: string | null,
  keyPath: string | null,
): PageCertificate {
  if (certificatePath === null || keyPath === null) {
    const path = certificatePath ?? keyPath ?? '';
    throw new LocalFault('PAGE_CERTIFICATE_BAD', { path, problem: 'one of the two is missing' });
  }
  const [chain, certificate] = guarded(certificatePath, () => {
    const text = readText(certificatePath);
    return [text, new X509Certificate(text)];
  });
  return guarded(keyPath, () => pairOf(chain, certificate, readText(keyPath), false));
}

function parseOwn(pem: string): PageCertificate {
  return pairOf(pem, new X509Certificate(pem), pem, true);
}

function pairOf(
  chain: string,
  certificate: X509Certificate,
  keyText: string,
  isOwn: boolean,
): PageCertificate {
  const key = createPrivateKey(keyText);
  if (!certificate.checkPrivateKey(key)) throw new Error('it is not the key of the certificate');
  return {
    key: String(key.export({ type: 'pkcs8', format: 'pem' })),
    chain,
    fingerprint: certificate.fingerprint256,
    validUntil: certificate.validToDate.getTime(),
    isOwn,
    names: namesIn(certificate),
  };
}

/** `DNS:a, IP Address:192.0.2.1`, as Node has it. */
function namesIn({ subjectAltName = '' }: X509Certificate): CertificateNames {
  const found = subjectAltName.split(', ');
  const withPrefix = (prefix: string): string[] =>
    found.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
  return { names: withPrefix('DNS:'), addresses: withPrefix('IP Address:') };
}

function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // of the system or of OpenSSL, in a few words; never what the file holds
    const problem = cause instanceof Error ? cause.message.slice(0, 200) : 'it cannot be read';
    throw new LocalFault('PAGE_CERTIFICATE_BAD', { path, problem }, { cause });
  }
}

function readText(path: string): string {
  const text = readFileSync(path, 'utf8');
  if (text.length > FILE_LENGTH_MAX) throw new Error('it is too long');
  return text;
}

/** Whole or not at all, and at no moment readable by others. */
function writeWhole(path: string, text: string): void {
  const next = `${path}.${process.pid}`;
  try {
    writeFileSync(next, text, { mode: 0o600, flush: true });
    renameSync(next, path);
  } catch (cause) {
    rmSync(next, { force: true });
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')
      throw new LocalFault('DISK_FULL', { path }, { cause });
    throw cause;
  }
}

function atMost(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, NAMES_MAX);
}
