import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BadValue,
  parseAmount,
  parseBytes,
  parseCount,
  parseHostPort,
  parsePieceLength,
  parsePort,
  parseRate,
  parseSalt,
  parseUrl,
} from '../../src/cli/values.ts';

void test('rates are bytes per second, with decimal and binary units', () => {
  const rates: readonly (readonly [string, number])[] = [
    ['1', 1],
    ['65536', 65_536],
    ['500k', 500_000],
    ['20M', 20_000_000],
    ['1.5MiB', 1_572_864],
    ['64 KiB', 65_536],
    ['2g', 2_000_000_000],
    ['1GB/s', 1_000_000_000],
    ['10MBps', 10_000_000],
  ];
  for (const [text, bytes] of rates) assert.equal(parseRate(text), bytes, text);
  for (const text of ['', 'M', '-1', '0', '0.1', '1e6', '20X', '1.M', '99999999999G', 'NaN']) {
    assert.throws(() => parseRate(text), BadValue, text);
  }
  assert.equal(parseBytes('0'), 0);
});

void test('ports are 0 to 65535', () => {
  assert.equal(parsePort('0'), 0);
  assert.equal(parsePort('65535'), 65_535);
  for (const text of ['65536', '-1', '', '1.5', '0x50', '80 ']) {
    assert.throws(() => parsePort(text), BadValue, text);
  }
});

void test('peers are addresses or names with a port', () => {
  assert.deepEqual(parseHostPort('192.0.2.1:6881'), { host: '192.0.2.1', port: 6881 });
  assert.deepEqual(parseHostPort('[2001:db8::1]:6881'), { host: '2001:db8::1', port: 6881 });
  assert.deepEqual(parseHostPort('nas.local:1'), { host: 'nas.local', port: 1 });
  for (const text of [
    'nas',
    'nas:0',
    'nas:65536',
    '2001:db8::1:6881',
    '[nas]:1',
    ':1',
    'a b:1',
    'http://a:1',
  ]) {
    assert.throws(() => parseHostPort(text), BadValue, text);
  }
});

void test('piece lengths are powers of two within what is allowed', () => {
  assert.equal(parsePieceLength('16KiB'), 16_384);
  assert.equal(parsePieceLength('1048576'), 1_048_576);
  assert.equal(parsePieceLength('32MiB'), 33_554_432);
  for (const text of ['8KiB', '256MiB', '100000', '1M', 'big', '0']) {
    assert.throws(() => parsePieceLength(text), BadValue, text);
  }
});

void test('amounts and counts are numbers within bounds', () => {
  assert.equal(parseAmount('0.5'), 0.5);
  assert.equal(parseAmount('0'), 0);
  for (const text of ['-1', 'x', '', '1e3', 'Infinity'])
    assert.throws(() => parseAmount(text), BadValue);
  const parse = parseCount(1, 20);
  assert.equal(parse('20'), 20);
  for (const text of ['0', '21', '1.5', '']) assert.throws(() => parse(text), BadValue);
});

void test('addresses must have a scheme that is known there', () => {
  const parse = parseUrl(['http', 'udp']);
  assert.equal(parse('udp://tracker.example:6969/announce'), 'udp://tracker.example:6969/announce');
  for (const text of ['tracker.example', 'ftp://x/', 'http://', 'http://a b/']) {
    assert.throws(() => parse(text), BadValue, text);
  }
});

void test('a salt is text of 1 to 64 bytes', () => {
  assert.deepEqual(parseSalt('é'), Uint8Array.of(0xc3, 0xa9));
  assert.equal(parseSalt('a'.repeat(64)).length, 64);
  for (const text of ['', 'a'.repeat(65), 'é'.repeat(33)])
    assert.throws(() => parseSalt(text), BadValue, text);
});
