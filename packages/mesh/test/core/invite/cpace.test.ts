import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { concatBytes, encodeUtf8, formatHex, parseHex, PeerFault } from '@coequal/base';
import { openRandom } from '@coequal/base/node';
import { ristretto255 } from '@noble/curves/ed25519.js';
import {
  confirmationTag,
  cpaceKeys,
  generatorOf,
  generatorString,
  lvCat,
  multiply,
  multiplyVerified,
  newCpaceSecret,
  prependLength,
  transcriptIr,
} from '../../../src/core/invite/cpace.ts';
import type { CpaceInputs, CpaceMessage } from '../../../src/core/invite/cpace.ts';

type Hex = Readonly<Record<string, string>>;
interface Vectors {
  readonly generatorString: string;
  readonly run: Hex;
  readonly points: {
    readonly Valid: Hex;
    readonly 'Invalid Y1': string;
    readonly 'Invalid Y2': string;
  };
}

const {
  generatorString: wantedString,
  run,
  points,
} = JSON.parse(
  readFileSync(new URL('../../vectors/cpace-ristretto255.json', import.meta.url), 'utf8'),
) as Vectors;

function bytes(text: string | undefined): Uint8Array {
  const parsed = parseHex(text ?? '-');
  assert.ok(parsed);
  return parsed;
}

const inputs: CpaceInputs = {
  password: bytes(run['PRS']),
  channel: bytes(run['CI']),
  sid: bytes(run['sid']),
};
const initiator: CpaceMessage = { share: bytes(run['Ya']), data: bytes(run['ADa']) };
const responder: CpaceMessage = { share: bytes(run['Yb']), data: bytes(run['ADb']) };

test('strings are put together as the draft has them', () => {
  assert.equal(formatHex(prependLength(new Uint8Array(0))), '00');
  assert.equal(formatHex(prependLength(encodeUtf8('1234'))), '0431323334');
  const long = Uint8Array.from({ length: 128 }, (_, at) => at);
  assert.equal(formatHex(prependLength(long)), `8001${formatHex(long)}`);
  const parts = ['1234', '5', '', '678'].map(encodeUtf8);
  assert.equal(formatHex(lvCat(...parts)), '043132333401350003363738');
  const [a, b] = [
    { share: encodeUtf8('123'), data: encodeUtf8('PartyA') },
    { share: encodeUtf8('234'), data: encodeUtf8('PartyB') },
  ];
  assert.equal(formatHex(transcriptIr(a, b)), '03313233065061727479410332333406506172747942');
});

test('the generator is the one of the draft', () => {
  assert.equal(formatHex(generatorString(inputs)), wantedString);
  assert.equal(formatHex(generatorOf(inputs).toBytes()), run['g']);
});

test('shares and the secret point are those of the draft', () => {
  assert.equal(formatHex(multiply(bytes(run['ya']), generatorOf(inputs))), run['Ya']);
  assert.equal(formatHex(multiply(bytes(run['yb']), generatorOf(inputs))), run['Yb']);
  assert.equal(formatHex(multiplyVerified(bytes(run['ya']), responder.share)), run['K']);
  assert.equal(formatHex(multiplyVerified(bytes(run['yb']), initiator.share)), run['K']);
});

test('both sides come to the key and the session id of the draft', () => {
  for (const [scalar, share] of [
    ['ya', 'Ya'],
    ['yb', 'Yb'],
  ] as const) {
    const own = { scalar: bytes(run[scalar]), share: bytes(run[share]) };
    const { isk, sidOutput } = cpaceKeys(inputs, own, initiator, responder);
    assert.equal(formatHex(isk), run['ISK_IR']);
    assert.equal(formatHex(sidOutput), run['sid_output_ir']);
  }
});

test('points that are none, and the neutral one, are told from good ones', () => {
  const scalar = bytes(points.Valid['s']);
  const good = points.Valid['G.scalar_mult_vfy(s,X)'];
  assert.equal(formatHex(multiplyVerified(scalar, bytes(points.Valid['X']))), good);
  const decoded = ristretto255.Point.fromBytes(bytes(points.Valid['X']));
  assert.equal(formatHex(multiply(scalar, decoded)), points.Valid['G.scalar_mult(s,decode(X))']);
  const own = { scalar: bytes(run['ya']), share: initiator.share };
  for (const name of ['Invalid Y1', 'Invalid Y2'] as const) {
    const share = bytes(points[name]);
    assert.ok(multiplyVerified(scalar, share).every((byte) => byte === 0));
    assert.throws(
      () => cpaceKeys(inputs, own, initiator, { share, data: responder.data }),
      (error) => error instanceof PeerFault && error.code === 'BAD_SHARE',
    );
  }
});

test('an echo of our own share is no other side', () => {
  const own = { scalar: bytes(run['ya']), share: initiator.share };
  assert.throws(
    () => cpaceKeys(inputs, own, initiator, { share: initiator.share, data: initiator.data }),
    { code: 'BAD_SHARE' },
  );
});

test('another password, purpose or data make another key, and the tags differ', () => {
  const random = openRandom();
  const base = {
    password: encodeUtf8('river-table'),
    channel: encodeUtf8('c'),
    sid: encodeUtf8('s'),
  };
  const variants: CpaceInputs[] = [
    { ...base, password: encodeUtf8('river-tabla') },
    { ...base, channel: encodeUtf8('d') },
    { ...base, sid: encodeUtf8('t') },
  ];
  const [a, b] = [newCpaceSecret(base, random), newCpaceSecret(base, random)];
  const data = new Uint8Array(0);
  const messages = [
    { share: a.share, data },
    { share: b.share, data },
  ] as const;
  const right = cpaceKeys(base, a, ...messages);
  assert.deepEqual(cpaceKeys(base, b, ...messages), right);
  for (const variant of variants) {
    const secret = newCpaceSecret(variant, random);
    const heard = [messages[0], { share: secret.share, data }] as const;
    const [mine, theirs] = [cpaceKeys(base, a, ...heard), cpaceKeys(variant, secret, ...heard)];
    assert.notDeepEqual(mine.isk, theirs.isk);
    assert.notDeepEqual(
      confirmationTag(base, mine, heard[0]),
      confirmationTag(variant, theirs, heard[0]),
    );
  }
  const changed = cpaceKeys(base, a, messages[0], {
    share: b.share,
    data: concatBytes([data, Uint8Array.of(1)]),
  });
  assert.notDeepEqual(changed.isk, right.isk);
});
