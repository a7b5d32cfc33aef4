/** Files that a browser hands to the fake peer: they are counted, and forgotten. */
import { RequestRefused } from '@coequal/contract';
import type { Staging } from '@coequal/contract';
import type { Handlers } from './handlers.ts';
import { SEND_HANDLERS } from './sends.ts';
import type { World } from './world.ts';

interface Stage {
  report: Staging;
  readonly paths: readonly string[];
  readonly sizes: readonly number[];
  readonly received: number[];
}

const desks = new WeakMap<World, Map<string, Stage>>();

/** Tests look into it. */
export function stagesOf(world: World): Map<string, Stage> {
  const known = desks.get(world) ?? new Map<string, Stage>();
  desks.set(world, known);
  return known;
}

function refuse(status: number, code: string): RequestRefused {
  return new RequestRefused(status, { code, details: {}, text: code });
}

function stageOf(world: World, id: string): Stage {
  const stage = stagesOf(world).get(id);
  if (stage === undefined) throw refuse(404, 'NO_SUCH_STAGING');
  return stage;
}

function requireWhole({ report }: Stage): void {
  if (report.received < report.size) throw refuse(409, 'NOT_POSSIBLE_NOW');
}

type StagingRoutes =
  | 'beginStaging'
  | 'showStaging'
  | 'showStagedFile'
  | 'putStagedFile'
  | 'sendStaged'
  | 'holdStaged'
  | 'cancelStaging';

export const STAGING_HANDLERS: Pick<Handlers, StagingRoutes> = {
  beginStaging: (world, { body }) => {
    const id = (stagesOf(world).size + 1).toString(16).padStart(32, '0');
    const sizes = body.files.map(({ size }) => size);
    const size = sizes.reduce((sum, each) => sum + each, 0);
    const report: Staging = { id, state: 'open', files: sizes.length, size, received: 0 };
    const paths = body.files.map(({ path }) => path);
    stagesOf(world).set(id, { report, paths, sizes, received: sizes.map(() => 0) });
    return report;
  },
  showStaging: (world, { params }) => stageOf(world, params.id).report,
  showStagedFile: (world, { params }) => {
    const { sizes, received } = stageOf(world, params.id);
    const at = Number(params.index);
    return { received: received[at] ?? 0, size: sizes[at] ?? 0 };
  },
  putStagedFile: (world, { params, query, bytes }) => {
    const stage = stageOf(world, params.id);
    const at = Number(params.index);
    if (query.offset !== stage.received[at]) throw refuse(409, 'NOT_POSSIBLE_NOW');
    stage.received[at] = query.offset + bytes.length;
    stage.report = { ...stage.report, received: stage.report.received + bytes.length };
    return { received: stage.received[at], size: stage.sizes[at] ?? 0 };
  },
  sendStaged: (world, { params, body }) => {
    const stage = stageOf(world, params.id);
    requireWhole(stage);
    stage.report = { ...stage.report, state: 'sent' };
    const [name = 'files'] = stage.paths[0]?.split('/') ?? [];
    return SEND_HANDLERS.beginSend(world, { body: { ...body, paths: [`/staging/${name}`] } });
  },
  holdStaged: (world, { params }) => {
    const stage = stageOf(world, params.id);
    requireWhole(stage);
    return (stage.report = { ...stage.report, state: 'held' });
  },
  cancelStaging: (world, { params }) => {
    stageOf(world, params.id);
    stagesOf(world).delete(params.id);
    return {};
  },
};
