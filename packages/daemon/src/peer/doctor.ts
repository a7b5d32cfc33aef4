/** Looks for what is wrong, and says in words what to do about it. */
import { access, constants } from 'node:fs/promises';
import type { DoctorReport, Settings, Status } from '@coequal/contract';
import { formatBytes } from '../cli/format.ts';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import { checkClock, checkHandles, checkTimeOuts } from './doctor-checks.ts';
import { freeBytes } from './folders.ts';
import { examineLan } from './lan-check.ts';
import { readHandles } from './open-handles.ts';
import type { HealthReport } from './peer-health.ts';

/** What the doctor looks at. */
export interface Patient {
  readonly settings: { readonly values: Settings };
  readonly status: Status;
  readonly port: number | undefined;
  readonly mapping: MappingStatus | undefined;
  readonly health: { readonly report: HealthReport };
}

type Check = DoctorReport['checks'][number];

export async function examine(patient: Patient, signal: AbortSignal): Promise<DoctorReport> {
  const { settings, status } = patient;
  const folder = settings.values.downloadDirectory;
  const health = patient.health.report;
  return {
    checks: [
      ...status.services.map(checkService),
      checkPort(patient),
      checkReachability(patient),
      // what is not to send anything yet is not tried
      ...(status.isSetUp || isInTouch(status)
        ? [await examineLan(status.reach, settings.values.bind, signal)]
        : []),
      await checkFolder(folder),
      await checkSpace(folder, settings.values.freeSpaceMin),
      checkClock(health.clock),
      checkHandles(await readHandles(), health.engineHandlesMax),
      ...checkTimeOuts(health),
    ],
  };
}

/** People are in touch as soon as there is an identity, whatever the first-run page was answered. */
function isInTouch({ services }: Status): boolean {
  return services.some(({ name, state }) => name === 'people' && state === 'running');
}

function checkService({ name, state, problem }: Status['services'][number]): Check {
  if (state === 'failed' && problem !== undefined)
    return { name: `service-${name}`, verdict: 'bad', finding: problem };
  const details = { service: name, state };
  if (state === 'off') {
    const text = `${name} is off, as the settings say`;
    const finding = { code: 'SERVICE_OFF', details, text };
    return { name: `service-${name}`, verdict: 'good', finding };
  }
  const isRunning = state === 'running';
  const hint = 'Answer the first-run page, or add a transfer.';
  return {
    name: `service-${name}`,
    verdict: isRunning ? 'good' : 'odd',
    finding: {
      code: isRunning ? 'SERVICE_RUNNING' : 'SERVICE_WAITING',
      details,
      text: `${name}: ${state}`,
      ...(state === 'waiting' && { hint }),
    },
  };
}

function checkPort({ port }: Patient): Check {
  if (port === undefined) {
    const text = 'peers cannot connect: nothing listens yet';
    const hint = 'Answer the first-run page, or add a transfer.';
    return { name: 'port', verdict: 'odd', finding: { code: 'NO_PORT', details: {}, text, hint } };
  }
  const finding = {
    code: 'PORT_OPEN',
    details: { port },
    text: `peers are let in at port ${port}`,
  };
  return { name: 'port', verdict: 'good', finding };
}

function checkReachability({ mapping, status }: Patient): Check {
  const name = 'reachability';
  if (status.isReachable === 'yes') {
    const finding = { code: 'REACHED', details: {}, text: 'others have come to this peer' };
    return { name, verdict: 'good', finding };
  }
  if (mapping?.type === 'mapped') {
    const { router } = mapping;
    const text = `the router ${router} lets peers in`;
    return { name, verdict: 'good', finding: { code: 'PORT_MAPPED', details: { router }, text } };
  }
  const text = 'nobody has come to this peer by themselves yet';
  const hint =
    'It works all the same, with fewer peers. In your router, allow port mapping (UPnP or PCP), or forward the port.';
  return { name, verdict: 'odd', finding: { code: 'NOT_REACHED', details: {}, text, hint } };
}

async function checkFolder(folder: string): Promise<Check> {
  const name = 'folder';
  const details = { path: folder };
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing) {
      const text = `${folder} is made when it is first needed`;
      return { name, verdict: 'good', finding: { code: 'FOLDER_TO_COME', details, text } };
    }
    const text = `you may not write to ${folder}`;
    const hint = 'Choose another folder in the settings, or change its permissions.';
    return { name, verdict: 'bad', finding: { code: 'NOT_PERMITTED', details, text, hint } };
  }
  const text = `${folder} can be written to`;
  return { name, verdict: 'good', finding: { code: 'FOLDER_GOOD', details, text } };
}

async function checkSpace(folder: string, wanted: number): Promise<Check> {
  const free = await freeBytes(folder);
  const name = 'space';
  if (free === undefined) {
    const text = 'the free space is not known until the folder is there';
    return { name, verdict: 'unknown', finding: { code: 'SPACE_UNKNOWN', details: {}, text } };
  }
  const details = { free, wanted };
  const isEnough = free >= wanted;
  return {
    name,
    verdict: isEnough ? 'good' : 'bad',
    finding: {
      code: isEnough ? 'SPACE_GOOD' : 'SPACE_SHORT',
      details,
      text: `${formatBytes(free)} are free`,
      ...(!isEnough && { hint: 'Make room, or choose a folder on another disk.' }),
    },
  };
}
