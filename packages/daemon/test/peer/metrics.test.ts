import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallCounts, metricsText } from '../../src/peer/metrics.ts';
import { parseMetrics } from './parse-metrics.ts';

const STATUS = {
  version: '1.2.3',
  startedAt: 5_000,
  isSetUp: true,
  reach: 'loopback' as const,
  services: [
    { name: 'files', state: 'running' as const, restarts: 2 },
    { name: 'a "b"\\\n', state: 'failed' as const, restarts: 0 },
  ],
  down: 10,
  up: 20,
  isScheduleActive: false,
  peers: 3,
  dhtNodes: 4,
  isReachable: 'unknown' as const,
  transfers: { seeding: 7, paused: 1 },
};

void test('numbers are in the format that Prometheus reads, each with its type and meaning', () => {
  const calls = new CallCounts();
  for (const route of ['showStatus', 'listTransfers', 'showStatus']) calls.note(route);
  const totals = { downloaded: 100, uploaded: 200 };
  const text = metricsText({ status: STATUS, totals, calls: calls.byRoute, readers: 5 });
  const { samples, types } = parseMetrics(text);
  const expected = {
    'coequal_build_info{version="1.2.3"}': 1,
    coequal_start_time_seconds: 5,
    'coequal_transfers{state="seeding"}': 7,
    'coequal_transfers{state="paused"}': 1,
    coequal_download_bytes_per_second: 10,
    coequal_upload_bytes_per_second: 20,
    coequal_downloaded_bytes: 100,
    coequal_uploaded_bytes: 200,
    coequal_peers: 3,
    coequal_dht_nodes: 4,
    'coequal_service_up{service="files"}': 1,
    'coequal_service_up{service="a \\"b\\"\\\\\\n"}': 0,
    'coequal_service_restarts_total{service="files"}': 2,
    'coequal_api_requests_total{route="showStatus"}': 2,
    'coequal_api_requests_total{route="listTransfers"}': 1,
    coequal_api_event_streams: 5,
  };
  for (const [name, value] of Object.entries(expected))
    assert.equal(samples.get(name), value, name);
  assert.ok((samples.get('coequal_process_resident_memory_bytes') ?? 0) > 1_000_000);
  assert.equal(types.get('coequal_api_requests_total'), 'counter');
});
