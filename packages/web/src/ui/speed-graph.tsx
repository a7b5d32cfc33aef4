/** Speed over time: a graph for the eye, and a table that says the same. */
import type { SpeedHistory } from '@coequal/contract';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Words } from '../i18n/language.ts';
import { useWords } from '../i18n/words-context.tsx';

/** Of the table: a row for every so many values, so that it can be read. */
const TABLE_ROWS_MAX = 12;

export interface SpeedGraphProps {
  readonly history: SpeedHistory;
  readonly height: number;
}

export function SpeedGraph({ history, height }: SpeedGraphProps) {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(history);
  useEffect(() => {
    latest.current = history;
    plot.current?.setData(dataOf(history));
  }, [history]);
  useEffect(() => {
    const host = box.current;
    if (host === null) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(words, host, height), dataOf(latest.current), host);
    };
    make();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: host.clientWidth, height }),
    );
    resized.observe(host);
    // colours are the theme's
    const themed = new MutationObserver(make);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [words, height]);
  const { t, format } = words;
  const isEmpty = history.down.length < 2;
  const label = t('speed.label', {
    down: format.rate(history.down.at(-1) ?? 0),
    up: format.rate(history.up.at(-1) ?? 0),
  });
  const interval = format.duration(history.intervalSeconds) ?? '';
  return (
    <figure className="speed-graph">
      <div ref={box} role="img" aria-label={label} dir="ltr" hidden={isEmpty} />
      {isEmpty && (
        <p className="speed-early" style={{ height }}>
          {t('speed.early', { interval })}
        </p>
      )}
      <figcaption>
        <span className="key key-down">{t('speed.down')}</span>
        <span className="key key-up">{t('speed.up')}</span>
      </figcaption>
    </figure>
  );
}

/** The last is now. */
function dataOf({ intervalSeconds, down, up }: SpeedHistory): uPlot.AlignedData {
  const now = Math.floor(Date.now() / 1_000);
  const times = down.map((_, at) => now - (down.length - 1 - at) * intervalSeconds);
  return [times, down, up];
}

function optionsOf({ t, format }: Words, host: HTMLElement, height: number): uPlot.Options {
  const style = getComputedStyle(host);
  const age = ({ data: [times] }: uPlot, at: number): string => {
    const interval = (times[1] ?? 0) - (times[0] ?? 0);
    const seconds = Math.round(interval * times.length * (1 - at / QUARTERS.length));
    return seconds < 2 ? t('speed.now') : `−${format.shortDuration(seconds)}`;
  };
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--ink-2'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  return {
    width: host.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1_000)] } },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 6,
        splits: quarters,
        values: (plot, times) => times.map((_, at) => age(plot, at)),
      },
      {
        ...axis,
        size: 84,
        space: 32,
        values: (_, rates) => rates.map((rate) => format.rate(rate)),
      },
    ],
    series: [
      {},
      { label: t('speed.down'), stroke: color('--down'), width: 2, fill: color('--down-soft') },
      { label: t('speed.up'), stroke: color('--up'), width: 2, dash: [6, 4] },
    ],
  };
}

/** So many labels fit on a phone too. */
const QUARTERS = [1, 2, 3, 4] as const;

function quarters({ data }: uPlot): number[] {
  const [times] = data;
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  return [0, ...QUARTERS].map((quarter) => first + ((last - first) * quarter) / QUARTERS.length);
}

/** Drawn anew each second: its rows are there when somebody opens them. */
export function SpeedTable({ history }: { readonly history: SpeedHistory }) {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="twin" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{t('speed.in-words')}</summary>
      {isOpen && <SpeedRows history={history} />}
    </details>
  );
}

function SpeedRows({ history }: { readonly history: SpeedHistory }) {
  const { t, format } = useWords();
  const { down, up, intervalSeconds } = history;
  const step = Math.max(1, Math.ceil(down.length / TABLE_ROWS_MAX));
  const rows = down
    .map((rate, at) => ({ rate, up: up[at] ?? 0, age: (down.length - 1 - at) * intervalSeconds }))
    .toReversed()
    .filter((_, at) => at % step === 0);
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{t('speed.when')}</th>
          <th scope="col" className="number">
            {t('speed.down')}
          </th>
          <th scope="col" className="number">
            {t('speed.up')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.age}>
            <th scope="row">
              {row.age === 0
                ? t('speed.now')
                : t('speed.ago', { time: format.duration(row.age) ?? '' })}
            </th>
            <td className="number">{format.rate(row.rate)}</td>
            <td className="number">{format.rate(row.up)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
