/** `coequal demo`: one seed and several peers on this computer share a folder, and all of it is checked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPorts } from '@coequal/base/node';
import { runDemoSwarm } from '../demo/demo-swarm.ts';
import type { DemoResult, DemoStep } from '../demo/demo-swarm.ts';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes, formatDuration } from './format.ts';
import { openDemoView } from './demo-view.ts';
import type { DemoView } from './demo-view.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';

export interface DemoOptions {
  /** Those that fetch; the seed is one more. */
  readonly peers: number;
  /** Bytes of the folder. */
  readonly size: number;
  readonly keep: boolean;
  readonly json: boolean;
}

const SEED_SECONDS = 2.5;

export async function demo(options: DemoOptions): Promise<number> {
  return await inShell({ isJson: options.json }, async (shell) => {
    const folder = await mkdtemp(join(tmpdir(), 'coequal-demo-'));
    try {
      return await runDemo(folder, options, shell);
    } finally {
      if (options.keep) shell.note(`The folders are in ${folder}`);
      else await rm(folder, { recursive: true, force: true });
    }
  });
}

async function runDemo(
  folder: string,
  { peers, size }: DemoOptions,
  shell: Shell,
): Promise<number> {
  let result: DemoResult;
  {
    using view = await openDemoView(shell);
    const plan = { folder, peers, size, seedSeconds: SEED_SECONDS, openPorts: portsOfOne };
    result = await runDemoSwarm(plan, (step) => tellStep(step, peers, view, shell), shell.stop);
  }
  tellResult(result, shell);
  return result.isEqual ? EXIT.done : EXIT.failed;
}

function portsOfOne(): ReturnType<typeof openPorts> {
  return openPorts({ workers: 1 });
}

function tellStep(step: DemoStep, peers: number, view: DemoView, shell: Shell): void {
  switch (step.type) {
    case 'begins': {
      const who = `One seed and ${count(peers, 'peer')}`;
      shell.note(`${who} on this computer share a folder of ${formatBytes(step.size)}.`);
      return;
    }
    case 'sharing':
      return view.show(step.peers);
    case 'making':
    case 'comparing':
      return;
  }
}

function tellResult({ peers, isEqual, seconds, passedOn }: DemoResult, shell: Shell): void {
  shell.print('');
  shell.print('             took       gave');
  for (const { name, stats } of peers) {
    const { downloaded, uploaded } = stats;
    shell.emit({ event: 'peer', name, downloaded, uploaded });
    const took = formatBytes(downloaded).padStart(9);
    const gave = formatBytes(uploaded).padStart(9);
    shell.print(`${name.padEnd(8)}${took}  ${gave}`);
  }
  const percent = Math.round(passedOn * 100);
  shell.print('');
  shell.print(
    `${percent} % of it the peers gave to each other, in ${formatDuration(seconds)}. ` +
      (isEqual ? 'All have the same bytes (SHA-256).' : 'THE COPIES DIFFER: please report this.'),
  );
  shell.emit({ event: 'done', equal: isEqual, passedOn: percent, seconds });
}
