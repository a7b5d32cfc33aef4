import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCookieRequest, checkRequestHead } from '../../src/api/guard.ts';
import { fault } from '../faults.ts';

const HOSTS = new Set(['127.0.0.1:7227', 'localhost:7227', '[::1]:7227']);

function check(headers: Record<string, string>, method = 'GET', isData = true): void {
  checkRequestHead({ method, headers: { host: '127.0.0.1:7227', ...headers } }, HOSTS, isData);
}

void test('the names of this computer are answered, in any case of letters', () => {
  for (const host of ['127.0.0.1:7227', 'LOCALHOST:7227', '[::1]:7227']) check({ host });
});

void test('a foreign name that was made to lead here is not (DNS rebinding)', () => {
  const foreign = ['evil.example', 'evil.example:7227', '127.0.0.1', '127.0.0.1:80', '', '0:7227'];
  for (const host of foreign)
    assert.throws(() => check({ host }), fault('FORBIDDEN_HOST', { host }));
});

void test('only our own pages may ask', () => {
  check({ origin: 'http://localhost:7227' });
  check({ origin: 'https://127.0.0.1:7227' });
  const foreign = [
    'http://evil.example',
    'http://127.0.0.1:8080',
    'http://127.0.0.1:7227.evil.example',
    'http://127.0.0.1:7227@evil.example',
    'file://',
    'null',
  ];
  for (const origin of foreign)
    assert.throws(() => check({ origin }), fault('FORBIDDEN_ORIGIN', { origin }));
});

void test('a link on another site leads to the page, and to nothing that answers with data', () => {
  for (const site of ['cross-site', 'same-site']) {
    const headers = { 'sec-fetch-site': site };
    check(headers, 'GET', false);
    assert.throws(() => check(headers, 'GET', true), fault('FORBIDDEN_ORIGIN'));
    assert.throws(() => check(headers, 'POST', false), fault('FORBIDDEN_ORIGIN'));
  }
  check({ 'sec-fetch-site': 'same-origin' });
  check({ 'sec-fetch-site': 'none' });
});

void test('whoever has a cookie alone says where a change comes from', () => {
  const change = { method: 'POST', headers: {} };
  assert.throws(() => checkCookieRequest(change), fault('FORBIDDEN_ORIGIN', { origin: '' }));
  checkCookieRequest({ method: 'GET', headers: {} });
  checkCookieRequest({ method: 'POST', headers: { origin: 'http://127.0.0.1:7227' } });
});
