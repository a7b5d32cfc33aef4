/** Makes a certificate that is its own authority (RFC 5280): ECDSA with P-256, for a server alone. */
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';

export interface CertificateNames {
  readonly names: readonly string[];
  /** Literals. */
  readonly addresses: readonly string[];
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** RFC 5280, section 4.1.2.2: at most 20 bytes, and positive. */
const SERIAL_BYTES = 16;

/** Key and certificate, one after the other in PEM. */
export async function makeSelfSigned(
  { names, addresses }: CertificateNames,
  { notBefore, notAfter }: Validity,
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString('hex'),
    // the name of the computer is among the others: who looks at a list of certificates sees whose this is
    name: [{ CN: [`Coequal on ${names[0] ?? addresses[0] ?? 'this computer'}`.slice(0, 64)] }],
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns', value }) as const),
        ...addresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return `${String(key)}${certificate.toString('pem')}\n`;
}
