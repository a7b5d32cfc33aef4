import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFER_STATES, RECEIVER_STATES } from '@coequal/contract';
import {
  hasOfferEnded,
  hasReceiverEnded,
  offerAfter,
  receiverAfter,
} from '../../src/sends/states.ts';

const RECEIVER_EVENTS = [
  'delivered',
  'accepted',
  'declined',
  'stopped',
  'completed',
  'withdrawn',
  'expired',
] as const;
const OFFER_EVENTS = [
  'accept',
  'decline',
  'complete',
  'release',
  'withdraw',
  'expire',
  'fail',
] as const;

void test('what has ended for a receiver stays as it is, whatever is said later', () => {
  const ended = RECEIVER_STATES.filter(hasReceiverEnded);
  assert.deepEqual(ended, ['done', 'declined', 'stopped', 'expired', 'withdrawn']);
  for (const state of ended)
    for (const event of RECEIVER_EVENTS) assert.equal(receiverAfter(state, event), state);
});

void test('each word of a receiver leads on, and said twice it changes nothing', () => {
  for (const state of RECEIVER_STATES)
    for (const event of RECEIVER_EVENTS) {
      const after = receiverAfter(state, event);
      assert.equal(receiverAfter(after, event), after);
      if (event === 'completed' && !hasReceiverEnded(state)) assert.equal(after, 'done');
      if (event === 'withdrawn' && !hasReceiverEnded(state)) assert.equal(after, 'withdrawn');
    }
  assert.equal(receiverAfter('receiving', 'delivered'), 'receiving', 'nobody falls back');
  assert.equal(receiverAfter('receiving', 'declined'), 'stopped');
});

void test('what is here whole is ours: no sender takes it back, and no time', () => {
  for (const event of ['withdraw', 'expire', 'fail'] as const) {
    assert.equal(offerAfter('quarantined', event), undefined);
    assert.equal(offerAfter('done', event), undefined);
  }
});

void test('nothing comes that was not accepted, and nothing is released that was not whole', () => {
  for (const state of OFFER_STATES) {
    assert.equal(offerAfter(state, 'accept'), state === 'waiting' ? 'receiving' : undefined);
    assert.equal(offerAfter(state, 'complete'), state === 'receiving' ? 'quarantined' : undefined);
    assert.equal(offerAfter(state, 'release'), state === 'quarantined' ? 'done' : undefined);
  }
});

void test('an offer that has ended takes no event any more', () => {
  for (const state of OFFER_STATES.filter(hasOfferEnded))
    for (const event of OFFER_EVENTS) assert.equal(offerAfter(state, event), undefined);
  assert.deepEqual(
    OFFER_STATES.filter((state) => !hasOfferEnded(state)),
    ['waiting', 'receiving', 'quarantined'],
  );
});
