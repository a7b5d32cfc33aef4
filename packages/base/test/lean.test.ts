import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LeanMap, LeanSet } from '../src/lean.ts';

const keys = fc.integer({ min: 0, max: 4 });
const steps = fc.array(fc.record({ does: fc.constantFrom('put', 'delete', 'clear'), key: keys }), {
  maxLength: 60,
});

test('a LeanMap is a Map', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const lean = new LeanMap<number, number>();
      const model = new Map<number, number>();
      for (const [at, { does, key }] of run.entries()) {
        if (does === 'put') for (const each of [lean, model]) each.set(key, at);
        else if (does === 'delete') assert.equal(lean.delete(key), model.delete(key));
        else for (const each of [lean, model]) each.clear();
        assert.deepEqual([...lean], [...model]);
        assert.deepEqual([...lean.keys()], [...model.keys()]);
        assert.deepEqual([...lean.values()], [...model.values()]);
        assert.equal(lean.size, model.size);
        assert.equal(lean.get(key), model.get(key));
        assert.equal(lean.has(key), model.has(key));
      }
    }),
  );
});

test('a LeanSet is a Set', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const lean = new LeanSet<number>();
      const model = new Set<number>();
      for (const { does, key } of run) {
        if (does === 'put') for (const each of [lean, model]) each.add(key);
        else if (does === 'delete') assert.equal(lean.delete(key), model.delete(key));
        else for (const each of [lean, model]) each.clear();
        assert.deepEqual([...lean], [...model]);
        assert.equal(lean.size, model.size);
        assert.equal(lean.has(key), model.has(key));
      }
    }),
  );
});

test('entries may be removed while they are gone through', () => {
  const lean = new LeanSet<string>().add('a').add('b').add('c');
  const seen: string[] = [];
  for (const item of lean) {
    seen.push(item);
    lean.delete(item);
  }
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.equal(lean.size, 0);
});
