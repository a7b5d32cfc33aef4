/** Numbers of the peer in the text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats, 0.0.4). */
import type { Status } from '@coequal/contract';

export interface MetricsView {
  readonly status: Status;
  readonly totals: { readonly downloaded: number; readonly uploaded: number };
  readonly calls: ReadonlyMap<string, number>;
  /** Streams of events that are open. */
  readonly readers: number;
}

/** Requests that were accepted, by the name of their route: a name of ours, so there are few. */
export class CallCounts {
  readonly byRoute: Map<string, number> = new Map();

  note(route: string): void {
    this.byRoute.set(route, (this.byRoute.get(route) ?? 0) + 1);
  }
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export function metricsText({ status, totals, calls, readers }: MetricsView): string {
  const memory = process.memoryUsage();
  const one = (value: number): Sample[] => [[{}, value]];
  const of = (values: Iterable<readonly [string, number]>, label: string): Sample[] =>
    Array.from(values, ([name, value]) => [{ [label]: name }, value]);
  return [
    metric('gauge', 'build_info', 'The version that runs', [[{ version: status.version }, 1]]),
    metric('gauge', 'start_time_seconds', 'When the peer started', one(status.startedAt / 1_000)),
    metric(
      'gauge',
      'transfers',
      'Transfers by state',
      of(Object.entries(status.transfers), 'state'),
    ),
    metric('gauge', 'download_bytes_per_second', 'Content received now', one(status.down)),
    metric('gauge', 'upload_bytes_per_second', 'Content sent now', one(status.up)),
    metric(
      'gauge',
      'downloaded_bytes',
      'Content received for the transfers that are there, over all runs',
      one(totals.downloaded),
    ),
    metric(
      'gauge',
      'uploaded_bytes',
      'Content sent for the transfers that are there, over all runs',
      one(totals.uploaded),
    ),
    metric('gauge', 'peers', 'Connected peers', one(status.peers)),
    metric('gauge', 'dht_nodes', 'Nodes of the DHT that are known', one(status.dhtNodes)),
    metric(
      'gauge',
      'service_up',
      'Whether a service runs',
      status.services.map(({ name, state }) => [{ service: name }, state === 'running' ? 1 : 0]),
    ),
    metric(
      'counter',
      'service_restarts_total',
      'Restarts after a failure',
      status.services.map(({ name, restarts }) => [{ service: name }, restarts]),
    ),
    metric('counter', 'api_requests_total', 'Requests that were accepted', of(calls, 'route')),
    metric('gauge', 'api_event_streams', 'Open streams of events', one(readers)),
    metric('gauge', 'process_resident_memory_bytes', 'Memory of the process', one(memory.rss)),
    metric('gauge', 'process_heap_bytes', 'Heap in use', one(memory.heapUsed)),
    metric('counter', 'process_cpu_seconds_total', 'Processor time', one(cpuSeconds())),
  ].join('');
}

function metric(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  samples: readonly Sample[],
): string {
  const full = `coequal_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelsText(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}
