import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import { deviceKeyOf } from '@coequal/base';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../../src/core/invite/base32.ts';
import { formatHost, parseHost } from '../../../src/core/contacts/address-bytes.ts';
import { personKeyOf } from '../../../src/core/identity/person-key.ts';
import {
  formatInvitation,
  INVITATION_SCHEME,
  INVITATION_TEXT_LENGTH_MAX,
  invitationForQr,
  parseInvitation,
  requireValid,
} from '../../../src/core/invite/invitation-link.ts';
import type { InvitationLink } from '../../../src/core/invite/invitation-link.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, encodeUtf8 } from '@coequal/base';
import { anyLink } from './links.ts';

const PLAIN: InvitationLink = {
  person: personKeyOf(new Uint8Array(32).fill(1)),
  devices: [deviceKeyOf(new Uint8Array(32).fill(2))],
  secret: new Uint8Array(16).fill(3),
  validUntil: 1_800_000_000,
  name: 'Robin',
  addresses: [
    { kind: 'udp', host: '203.0.113.7', port: 49_737 },
    { kind: 'tcp', host: '2001:db8::7', port: 443 },
  ],
  gift: { name: 'holiday.mp4', size: 1_234_567_890 },
  helpers: [],
};

const HELPERS: InvitationLink['helpers'] = [4, 5].map((fill) => ({
  helper: deviceKeyOf(new Uint8Array(32).fill(fill)),
  pass: new Uint8Array(16).fill(fill + 2),
  addresses: [{ kind: 'tcp', host: `198.51.100.${fill}`, port: 7_230 }],
}));

function codeOf(text: string): string {
  try {
    parseInvitation(text);
    return 'good';
  } catch (error) {
    assert.ok(error instanceof LocalFault, String(error));
    return error.code;
  }
}

test('a link is read as it was made, also in capitals', () => {
  fc.assert(
    fc.property(anyLink, (link) => {
      const text = formatInvitation(link);
      assert.deepEqual(parseInvitation(text), link);
      assert.deepEqual(parseInvitation(invitationForQr(text)), link);
    }),
  );
});

test('text around it does no harm, nor does a mail that breaks it over lines', () => {
  const text = formatInvitation(PLAIN);
  const broken = text.replace(/(.{30})/g, '$1\n');
  for (const mail of [
    `Join me: ${text}, see you`,
    `<${text}>`,
    broken,
    `> ${broken.replaceAll('\n', '\n> ')}`,
    `${broken}\n\nLove\nRobin`,
  ])
    assert.deepEqual(parseInvitation(mail), PLAIN, mail);
});

test('a letter that is another, missing or swapped is noticed', () => {
  const text = formatInvitation(PLAIN);
  for (let at = INVITATION_SCHEME.length; at < text.length; at++) {
    const other = text[at] === 'a' ? 'b' : 'a';
    assert.equal(codeOf(text.slice(0, at) + other + text.slice(at + 1)), 'BAD_INVITATION');
    assert.equal(codeOf(text.slice(0, at) + text.slice(at + 1)), 'BAD_INVITATION');
    if (text[at] !== text[at + 1] && at + 1 < text.length)
      assert.equal(
        codeOf(text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)),
        'BAD_INVITATION',
      );
  }
});

test('a sound link of a later version is told from a damaged one', () => {
  const text = linkOf(Uint8Array.of(3, 1, 2, 3));
  assert.equal(codeOf(text), 'INVITATION_TOO_NEW');
  assert.equal(codeOf(text.slice(0, -1)), 'BAD_INVITATION');
});

function linkOf(body: Uint8Array): string {
  const check = sha256(concatBytes([encodeUtf8('coequal invitation link'), body])).subarray(0, 4);
  return INVITATION_SCHEME + encodeBase32(concatBytes([body, check]));
}

/** Without the check. */
function bodyOf(link: InvitationLink): Uint8Array {
  const text = formatInvitation(link).slice(INVITATION_SCHEME.length);
  return (decodeBase32(text) ?? new Uint8Array(0)).subarray(0, -4);
}

test('a link without helpers is as it always was, and one with some is told as of a later version', () => {
  // the link of the first version, byte for byte
  const old = linkOf(
    concatBytes([
      Uint8Array.of(1),
      new Uint8Array(32).fill(1),
      Uint8Array.of(1),
      new Uint8Array(32).fill(2),
      new Uint8Array(16).fill(3),
      Uint8Array.of(0x6b, 0x49, 0xd2, 0x00),
      Uint8Array.of(5),
      encodeUtf8('Robin'),
      Uint8Array.of(0, 0),
    ]),
  );
  const plain = { ...PLAIN, addresses: [], gift: undefined };
  assert.equal(formatInvitation(plain), old);
  assert.deepEqual(parseInvitation(old), plain);
  const helped = bodyOf({ ...plain, helpers: HELPERS });
  assert.equal(helped[0], 2);
  assert.deepEqual(helped.subarray(1, bodyOf(plain).length), bodyOf(plain).subarray(1));
  // key, pass, and an address over IPv4: what each helper adds
  assert.equal(helped.length - bodyOf(plain).length, 1 + 2 * (32 + 16 + 1 + 7));
});

test('helpers that are none, too many, twice the same or with too many addresses are refused', () => {
  const [one, other] = HELPERS;
  assert.ok(one && other);
  const base = bodyOf({ ...PLAIN, helpers: [one] });
  const head = base.subarray(0, -(1 + 32 + 16 + 1 + 7));
  const both = bodyOf({ ...PLAIN, helpers: HELPERS }).subarray(head.length + 1);
  const [first, second] = [both.subarray(0, both.length / 2), both.subarray(both.length / 2)];
  const code = (...parts: readonly Uint8Array[]): string =>
    codeOf(linkOf(concatBytes([head, ...parts])));
  assert.equal(code(Uint8Array.of(1), first), 'good');
  assert.equal(code(Uint8Array.of(2), first, second), 'good');
  assert.equal(code(Uint8Array.of(0)), 'BAD_INVITATION');
  assert.equal(code(Uint8Array.of(3), first, second, first), 'BAD_INVITATION');
  assert.equal(code(Uint8Array.of(2), first, first), 'BAD_INVITATION');
  assert.equal(code(Uint8Array.of(2), first), 'BAD_INVITATION');
  assert.equal(code(Uint8Array.of(1), first, Uint8Array.of(0)), 'BAD_INVITATION');
  const address = first.subarray(-7);
  const three = concatBytes([first.subarray(0, 48), Uint8Array.of(3), address, address, address]);
  assert.equal(code(Uint8Array.of(1), three), 'BAD_INVITATION');
  // the same bytes in a link of the first version
  const old = concatBytes([head, Uint8Array.of(1), first]);
  old[0] = 1;
  assert.equal(codeOf(linkOf(old)), 'BAD_INVITATION');
});

test('any sound bytes are an invitation, or refused as none', () => {
  const bytes = bodyOf({ ...PLAIN, helpers: HELPERS });
  const body = bytes;
  fc.assert(
    fc.property(
      fc.nat(body.length - 1),
      fc.nat(255),
      fc.uint8Array({ maxLength: 40 }),
      (at, to, more) => {
        const harmed = concatBytes([body, more]);
        harmed[at] = to;
        const code = codeOf(linkOf(harmed));
        assert.ok(['good', 'BAD_INVITATION', 'INVITATION_TOO_NEW'].includes(code));
        if (more.length > 0 && at === 0 && harmed[0] === bytes[0]) assert.notEqual(code, 'good');
      },
    ),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (any) => {
      assert.notEqual(codeOf(INVITATION_SCHEME + any), 'good');
      assert.equal(codeOf(any.replaceAll(':', '')), 'BAD_INVITATION');
    }),
  );
});

test('an invitation ends when it says', () => {
  requireValid(PLAIN, 1_799_999_999_999);
  assert.throws(() => requireValid(PLAIN, 1_800_000_000_000), { code: 'INVITATION_EXPIRED' });
});

test('a usual link fits into a small QR code, and the longest into what is looked through', () => {
  const usual = formatInvitation({ ...PLAIN, gift: undefined });
  const small = formatInvitation({ ...PLAIN, addresses: [], gift: undefined });
  // version 7 of ISO/IEC 18004 at level L takes 224 letters of its alphabet, version 9 335
  assert.ok(small.length <= 180, `${small.length}`);
  assert.ok(usual.length <= 224, `${usual.length}`);
  assert.ok(/^[0-9A-Z $%*+./:-]+$/.test(invitationForQr(usual)), 'letters of the small mode');
  // with helpers it takes version 9, or 11 (468 letters)
  const [one] = HELPERS;
  const helped = (helpers: InvitationLink['helpers']): number =>
    formatInvitation({ ...PLAIN, gift: undefined, helpers }).length;
  assert.ok(one !== undefined && helped([one]) <= 335, `${helped(one ? [one] : [])}`);
  assert.ok(helped(HELPERS) <= 468, `${helped(HELPERS)}`);
  const longest = formatInvitation({
    ...PLAIN,
    devices: [1, 2, 3].map((fill) => deviceKeyOf(new Uint8Array(32).fill(fill))),
    name: 'n'.repeat(64),
    addresses: Array.from({ length: 4 }, (_, at) => ({
      kind: 'tcp',
      host: `2001:db8::${at + 1}`,
      port: 1,
    })),
    gift: { name: 'g'.repeat(255), size: Number.MAX_SAFE_INTEGER },
    helpers: HELPERS.map((each) => ({
      ...each,
      addresses: [1, 2].map((at) => ({ kind: 'tcp', host: `2001:db8::${at}`, port: 1 })),
    })),
  });
  assert.ok(longest.length < INVITATION_TEXT_LENGTH_MAX, `${longest.length}`);
  parseInvitation(longest);
});

test('base32 is that of RFC 4648, and no text stands for bytes that another stands for', () => {
  const vectors = {
    f: 'my',
    fo: 'mzxq',
    foo: 'mzxw6',
    foob: 'mzxw6yq',
    fooba: 'mzxw6ytb',
    foobar: 'mzxw6ytboi',
  };
  for (const [text, wanted] of Object.entries(vectors)) {
    assert.equal(encodeBase32(encodeUtf8(text)), wanted);
    assert.deepEqual(decodeBase32(wanted.toUpperCase()), encodeUtf8(text));
  }
  for (const bad of ['mz', 'm', 'mzx', 'mzxr', '1', 'my=']) {
    const bytes = decodeBase32(bad);
    assert.ok(bytes === undefined || encodeBase32(bytes) === bad, bad);
  }
  assert.equal(decodeBase32('mz'), undefined);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) =>
      assert.deepEqual(decodeBase32(encodeBase32(bytes)), bytes),
    ),
  );
});

test('addresses are read as they are written, and those of nobody are not told', () => {
  for (const [text, wanted] of [
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['192.0.2.1', '192.0.2.1'],
  ] as const)
    assert.equal(formatHost(parseHost(text) ?? new Uint8Array(0)), wanted);
  for (const bad of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '::1::',
    '1:2:3:4:5:6:7',
    'fe80::1%eth0',
    ':::',
    '1:2:3:4:5:6:7:8:9',
  ])
    assert.equal(parseHost(bad), undefined, bad);
  const told = parseInvitation(
    formatInvitation({
      ...PLAIN,
      addresses: [
        '0.0.0.0',
        '255.255.255.255',
        '224.0.0.1',
        '::',
        'ff02::1',
        '::ffff:192.0.2.1',
        'robin.example',
        '192.0.2.1',
      ].map((host) => ({ kind: 'tcp', host, port: 1 })),
    }),
  );
  // the first four are looked at, and none of them is anybody's
  assert.deepEqual(told.addresses, []);
});
