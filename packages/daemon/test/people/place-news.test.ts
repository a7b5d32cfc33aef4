import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TellableAddress } from '@coequal/mesh';
import { PlaceNews } from '../../src/people/place-news.ts';

const at = (host: string): readonly TellableAddress[] => [{ kind: 'udp', host, port: 7_230 }];

void test('another place is told at once, and the same one not again', () => {
  const news = new PlaceNews(at('192.168.1.20'));
  assert.equal(news.isDue(at('192.168.1.20'), 0), false);
  assert.equal(news.isDue(at('203.0.113.7'), 1_000), true);
  assert.equal(news.isDue(at('203.0.113.7'), 2_000), false);
  assert.equal(news.isDue(at('203.0.113.7'), 60_000), false);
});

void test('a place that is another each second is told every ten seconds, and the last one in the end', () => {
  const news = new PlaceNews(at('192.168.1.20'));
  const told: number[] = [];
  for (let second = 1; second <= 35; second++)
    if (news.isDue(at(`203.0.113.${Math.min(second, 25)}`), second * 1_000)) told.push(second);
  assert.deepEqual(told, [1, 11, 21, 31]);
});
