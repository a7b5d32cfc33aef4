import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qrText } from '../../src/remote-page/qr-text.ts';
import { readQrText } from './read-qr-text.ts';

void test('a QR code in the terminal is black on white, and reads as the link', () => {
  const link = `https://192.168.178.123:7228/login?code=${'Aa0_-'.repeat(5).slice(0, 22)}`;
  const shown = qrText(link);
  assert.equal(readQrText(shown), link);
  for (const line of shown.split('\n')) {
    assert.ok(line.startsWith('\u001b[38;5;16;48;5;231m'));
    assert.ok(line.endsWith('\u001b[0m'));
  }
  // it fits a terminal of 80 columns and 24 lines
  assert.ok(shown.split('\n').length <= 22, String(shown.split('\n').length));
});
