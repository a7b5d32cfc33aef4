/** The routes that take over transfers of other programs. Only the owner may: they read folders of this computer. */
import { ImportPlaces, ImportPlan, ImportReport, PlanImport, RunImport } from './imports.ts';
import { route } from './route.ts';

/** Fifty thousand keys of 40 digits. */
const KEYS_BODY_LENGTH_MAX = 4_000_000;

const DIRECTORY = '/home/robin/.local/share/qBittorrent';

export const IMPORT_ROUTES = {
  findImports: route({
    method: 'GET',
    path: '/api/v1/imports',
    summary: 'Where qBittorrent and Transmission have transfers on this computer',
    scope: 'owner',
    response: ImportPlaces,
    errors: [],
    example: {},
  }),
  planImport: route({
    method: 'POST',
    path: '/api/v1/imports/plan',
    summary: 'What could be taken over from another program; nothing is changed',
    scope: 'owner',
    body: PlanImport,
    response: ImportPlan,
    errors: ['NO_FOREIGN_STATE', 'NOT_POSSIBLE_NOW'],
    example: { body: { directory: DIRECTORY } },
  }),
  runImport: route({
    method: 'POST',
    path: '/api/v1/imports',
    summary: 'Take over transfers of another program, with their content where it lies',
    scope: 'owner',
    body: RunImport,
    bodyLengthMax: KEYS_BODY_LENGTH_MAX,
    response: ImportReport,
    errors: ['NO_FOREIGN_STATE', 'NOT_POSSIBLE_NOW'],
    example: { body: { program: 'qbittorrent', directory: DIRECTORY, keys: [] } },
  }),
} as const;
