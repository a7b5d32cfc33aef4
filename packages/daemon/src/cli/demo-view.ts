/** The swarm of the demo, while it runs: a bar for each peer, or a line now and then. */
import type { TorrentStats } from '@coequal/bittorrent';
import type { DemoPeer } from '../demo/demo-swarm.ts';
import { count, formatPercent, formatRate } from './format.ts';
import type { Shell } from './shell.ts';

/** Between two lines where there is no terminal. */
const LINE_INTERVAL_MS = 1_000;

export interface DemoView extends Disposable {
  show(peers: readonly DemoPeer[]): void;
}

export async function openDemoView(shell: Shell): Promise<DemoView> {
  if (!process.stderr.isTTY || shell.isJson) return linesOf(shell);
  const [{ Rows }, { barText }] = await Promise.all([import('./rows.ts'), import('./bar-text.ts')]);
  const rows = new Rows(process.stderr);
  return {
    show: (peers) =>
      rows.show(
        peers.map(({ name, stats }) => {
          const bar = barText(stats.have, stats.total || 1);
          const percent = percentOf(stats).padStart(5);
          const rates = `${formatRate(stats.downRate)} down  ${formatRate(stats.upRate)} up`;
          return `${name.padEnd(8)} ${bar} ${percent}  ${rates}  ${count(stats.peers, 'peer')}`;
        }),
      ),
    [Symbol.dispose]: () => rows.close(),
  };
}

function linesOf(shell: Shell): DemoView {
  let toldAt = -Infinity;
  return {
    show(peers) {
      if (performance.now() - toldAt < LINE_INTERVAL_MS) return;
      toldAt = performance.now();
      const parts = peers.map(({ name, stats }) => `${name} ${percentOf(stats)}`);
      shell.note(parts.join('  '));
      for (const { name, stats } of peers) {
        const { have, total, downRate, upRate } = stats;
        const [down, up] = [Math.round(downRate), Math.round(upRate)];
        shell.emit({ event: 'progress', name, have, total, down, up, peers: stats.peers });
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** `total` is 0 before the first look at the disk. */
function percentOf({ have, total }: TorrentStats): string {
  return formatPercent(have, total || 1);
}
