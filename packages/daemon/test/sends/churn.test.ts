/**
 * Persons who hand things to each other while processes are killed, power fails and networks part: in the end everything
 * has come to its end, both sides say the same of it, and what arrived is what was sent. COEQUAL_SEEDS=100 makes it long,
 * SEED=n is one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { SimRandom } from '@coequal/simulator';
import { SendWorld } from './send-world.ts';
import type { Person } from './send-world.ts';

const { SEED, COEQUAL_LONG, COEQUAL_SEEDS } = process.env;
const SEEDS = Number(COEQUAL_SEEDS ?? (COEQUAL_LONG === '1' ? 100 : 6));
const ACTS = 60;
const ACT_MS_MAX = 3_000;
const PERSONS = 4;
const LENGTH_MAX = 600_000;

interface Sent {
  readonly id: string;
  readonly from: Person;
  readonly to: readonly Person[];
  readonly name: string;
  readonly content: Uint8Array;
}

class SendChurn {
  readonly #world: SendWorld;
  readonly #random: SimRandom;
  readonly #sent: Sent[] = [];
  /** When those that are off start again. */
  readonly #off = new Map<Person, number>();

  constructor(world: SendWorld) {
    this.#world = world;
    this.#random = world.world.random.split('churn');
  }

  async act(): Promise<void> {
    const { world } = this.#world;
    for (const [person, at] of this.#off) if (world.now >= at) await this.#start(person);
    const dice = this.#random.number();
    if (dice < 0.2) this.#begin();
    else if (dice < 0.55) await this.#answer();
    else if (dice < 0.6) this.#withdraw();
    else if (dice < 0.8) this.#takeDown();
    else this.#part();
    await world.pass(this.#random.integer(1, ACT_MS_MAX));
  }

  /** All is well again, and whoever is asked says yes. */
  async settle(): Promise<void> {
    const { world, persons } = this.#world;
    world.heal();
    for (const person of this.#off.keys()) await this.#start(person);
    const isOver = (): boolean => {
      const waiting = persons.flatMap((person) =>
        person.offers.map((offer) => ({ person, offer })),
      );
      for (const { person, offer } of waiting)
        if (offer.state === 'waiting') void this.#accept(person, offer.id);
      return this.#sent.every((sent) => this.#isOver(sent));
    };
    await this.#world.until(isOver).catch((cause: unknown) => {
      const open = this.#sent.filter((sent) => !this.#isOver(sent));
      throw new Error(open.map((sent) => this.#describe(sent)).join('\n'), { cause });
    });
  }

  check(): { readonly done: number; readonly others: number } {
    const count = { done: 0, others: 0 };
    for (const sent of this.#sent)
      for (const person of sent.to) {
        const offer = this.#offerOf(sent, person);
        const said = this.#receiverOf(sent, person);
        if (said?.state !== 'done') {
          count.others += 1;
          continue;
        }
        assert.equal(offer?.state, 'done', this.#describe(sent));
        const path = offer.path ?? '';
        assert.deepEqual(person.fileAt(path), sent.content, this.#describe(sent));
        count.done += 1;
      }
    for (const { host, name } of this.#world.persons) {
      const left = host.disk.paths().filter((path) => path.includes('.coequal-quarantine'));
      assert.deepEqual(left, [], `${name} has nothing in quarantine`);
    }
    return count;
  }

  #begin(): void {
    const from = this.#pick(this.#running());
    if (from === undefined) return;
    const others = this.#world.persons.filter((each) => each !== from);
    const to = others.filter(() => this.#random.chance(0.5));
    if (to.length === 0) return;
    const name = `${this.#sent.length}.jpg`;
    const content = this.#random.bytes(this.#random.integer(1, LENGTH_MAX));
    from.host.disk.put(`/out/${name}`, content);
    const body = { to: to.map(({ key }) => key), paths: [`/out/${name}`], note: '' };
    const { id } = from.desk.sends.begin(body);
    this.#sent.push({ id, from, to, name, content });
  }

  async #answer(): Promise<void> {
    const person = this.#pick(this.#running());
    const offer = this.#pick(person?.offers.filter(({ state }) => state === 'waiting') ?? []);
    if (person === undefined || offer === undefined) return;
    if (this.#random.chance(0.8)) await this.#world.ask(() => this.#accept(person, offer.id));
    else await this.#world.ask(async () => person.desk.inbox.decline(offer.id));
  }

  async #accept(person: Person, id: string): Promise<void> {
    try {
      await person.desk.inbox.accept(id, '/in');
    } catch (error) {
      assert.ok(error instanceof LocalFault, String(error)); // it was taken back meanwhile
    }
  }

  #withdraw(): void {
    const sent = this.#pick(this.#sent.filter(({ from }) => from.sends !== undefined));
    if (sent !== undefined && sent.from.send(sent.id).state !== 'preparing')
      sent.from.desk.sends.withdraw(sent.id);
  }

  #takeDown(): void {
    const person = this.#pick(this.#running());
    if (person === undefined) return;
    const losesPower = this.#random.chance(0.5);
    this.#world.crash(person);
    if (losesPower) person.host.powerLoss();
    this.#off.set(person, this.#world.world.now + this.#random.integer(0, 60_000));
  }

  async #start(person: Person): Promise<void> {
    this.#off.delete(person);
    await this.#world.start(person);
    // real links hear of it; these ask nobody whether they are still there
    for (const { links } of this.#world.persons) links?.cut();
  }

  #part(): void {
    const { world, persons } = this.#world;
    const [one, other] = [this.#pick(persons), this.#pick(persons)];
    if (one === undefined || other === undefined || one === other) return;
    world.partition(one.host, other.host);
    world.after(this.#random.integer(100, 60_000), () => world.heal(one.host, other.host));
  }

  #isOver(sent: Sent): boolean {
    const isEnded = sent.from.send(sent.id).state !== 'preparing' && this.#isEnded(sent);
    return isEnded && sent.to.every((person) => this.#isOfferOver(sent, person));
  }

  #isEnded(sent: Sent): boolean {
    const { state } = sent.from.send(sent.id);
    return state === 'finished' || state === 'withdrawn' || state === 'failed';
  }

  #isOfferOver(sent: Sent, person: Person): boolean {
    const state = this.#offerOf(sent, person)?.state;
    return !['waiting', 'receiving', 'quarantined'].includes(state ?? 'none');
  }

  #offerOf({ name }: Sent, person: Person) {
    return person.offers.find((offer) => offer.name === name);
  }

  #receiverOf({ from, id }: Sent, { key }: Person) {
    return from.send(id).receivers.find(({ person }) => person === key);
  }

  #describe(sent: Sent): string {
    const sides = sent.to.map((person) => {
      const offer = this.#offerOf(sent, person);
      const said = this.#receiverOf(sent, person);
      return `${person.name}: ${offer?.state} ${offer?.have} of ${sent.content.length}, said to be ${said?.state}`;
    });
    const { state } = sent.from.send(sent.id);
    return `${sent.name} of ${sent.from.name} (${state}) to ${sides.join('; ')}`;
  }

  #running(): readonly Person[] {
    return this.#world.persons.filter(({ sends }) => sends !== undefined);
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random.integer(0, Math.max(items.length - 1, 0))];
  }
}

const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(SEED)];
test(`what is handed over comes to its end on both sides, with ${seeds.length} seeds`, async () => {
  const sum = { done: 0, others: 0 };
  for (const seed of seeds) {
    try {
      using world = new SendWorld({
        seed,
        latencyMs: [2, 120],
        loss: seed % 2 === 0 ? 0.01 : 0,
        bandwidth: { up: 200_000, down: 200_000 },
      });
      for (let i = 0; i < PERSONS; i++) await world.person(`person-${i + 1}`);
      const churn = new SendChurn(world);
      for (let i = 0; i < ACTS; i++) await churn.act();
      await churn.settle();
      const { done, others } = churn.check();
      sum.done += done;
      sum.others += others;
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    }
  }
  console.log(JSON.stringify(sum));
  assert.ok(SEED !== undefined || (sum.done > 0 && sum.others > 0), 'both were tried');
});
