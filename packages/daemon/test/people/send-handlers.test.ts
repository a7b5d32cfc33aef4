// The routes of sends and of the inbox, over the service itself: what they answer is what the contract says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '@coequal/contract';
import type { Route, RouteName } from '@coequal/contract';
import { Compile } from 'typebox/compile';
import type { Caller } from '../../src/api/access.ts';
import { sendHandlers } from '../../src/people/send-handlers.ts';
import { fault } from '../faults.ts';
import { SendWorld } from '../sends/send-world.ts';
import type { Person } from '../sends/send-world.ts';

const NEVER = new AbortController().signal;
const CALLER = {} as Caller; // none of these routes looks at who calls

type Handlers = ReturnType<typeof sendHandlers>;
type Name = keyof Handlers & RouteName;

/** As the server does: the request and the answer are checked against the route. */
async function ask(person: Person, name: Name, request: object = {}): Promise<unknown> {
  const route: Route = ROUTES[name];
  const given = request as { params?: unknown; body?: unknown };
  if (route.params !== undefined) assert.deepEqual(Compile(route.params).Errors(given.params), []);
  if (route.body !== undefined) assert.deepEqual(Compile(route.body).Errors(given.body), []);
  const handlers = sendHandlers(() => person.desk);
  const handler = handlers[name] as (...of: readonly unknown[]) => unknown;
  const answer = await handler(request, CALLER, NEVER);
  assert.ok(route.response !== undefined);
  assert.deepEqual(Compile(route.response).Errors(answer), [], name);
  return answer;
}

void test('each route answers as its schema says, from the first offer to the last word', async () => {
  using world = new SendWorld({ seed: 1 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/gift/a.exe', world.world.random.bytes(70_000));
  anna.host.disk.put('/gift/b.jpg', world.world.random.bytes(70_000));
  const body = { to: ['ben'], paths: ['/gift'], note: 'for you' };
  const { id } = (await ask(anna, 'beginSend', { body })) as { id: string };
  await world.until(() => ben.offers.length === 1 && ben.offer.isListed);
  const params = { id };
  await ask(anna, 'listSends');
  await ask(anna, 'showSend', { params });
  const offer = { params: { id: ben.offer.id } };
  await ask(ben, 'showInbox');
  await ask(ben, 'showOffer', offer);
  await world.ask(() => ask(ben, 'acceptOffer', { ...offer, body: { directory: '/in' } }));
  await world.until(() => ben.offer.state === 'quarantined');
  await ask(ben, 'showOffer', offer);
  await world.ask(() => ask(ben, 'releaseOffer', offer));
  await world.until(() => anna.send(id).state === 'finished');
  await ask(anna, 'showSend', { params });
  await ask(anna, 'withdrawSend', { params });
  await ask(anna, 'forgetSend', { params });
  await ask(ben, 'forgetOffer', offer);
  const person = { params: { person: anna.key } };
  await ask(ben, 'putInboxRule', { ...person, body: { sizeMax: 1_000, directory: '/auto' } });
  await ask(ben, 'showInbox');
  await ask(ben, 'removeInboxRule', person);
  anna.host.disk.put('/x.dat', Buffer.from('x'));
  await world.offer(anna, [ben], ['/x.dat']);
  await ask(ben, 'declineOffer', { params: { id: ben.offer.id } });
});

void test('without identity or links each of them says so', () => {
  const handlers = sendHandlers(() => undefined);
  assert.throws(() => handlers.listSends({}, CALLER, NEVER), fault('PEOPLE_OFF'));
  assert.throws(() => handlers.showInbox({}, CALLER, NEVER), fault('PEOPLE_OFF'));
});

void test('paths are from the root', async () => {
  using world = new SendWorld({ seed: 2 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  const body = { to: ['ben'], paths: ['/a', '../b'] };
  await assert.rejects(ask(anna, 'beginSend', { body }), fault('BAD_REQUEST'));
  const accept = { params: { id: '00'.repeat(16) }, body: { directory: 'in' } };
  await assert.rejects(ask(ben, 'acceptOffer', accept), fault('BAD_REQUEST'));
});
