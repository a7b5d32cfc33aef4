/** Reads the text format of Prometheus (0.0.4) as its collector does, and refuses what that would. */
import assert from 'node:assert/strict';

const SAMPLE =
  /^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+-]+)$/;

export interface Metrics {
  /** By name and labels, as written. */
  readonly samples: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

export function parseMetrics(text: string): Metrics {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helps = new Set<string>();
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') helps.add(name);
    else if (kind === 'TYPE') types.set(name, rest);
    else {
      const [, metric = '', labels = '', value] = SAMPLE.exec(line) ?? [];
      assert.ok(metric, `no sample: ${line}`);
      assert.match(metric, /^coequal_/);
      assert.ok(types.has(metric) && helps.has(metric), `${metric} comes after its HELP and TYPE`);
      assert.ok(!samples.has(metric + labels), `${line} comes once`);
      if (types.get(metric) === 'counter') assert.match(metric, /_total$/);
      samples.set(metric + labels, Number(value));
    }
  }
  return { samples, types };
}
