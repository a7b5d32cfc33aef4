/** What the fake peer answers to each route. */
import { RequestRefused } from '@coequal/contract';
import type {
  ImportReport,
  RequestOf,
  ResponseOf,
  RouteName,
  Settings,
  SettingOrigin,
  Transfer,
} from '@coequal/contract';
import type { ROUTES } from '@coequal/contract';
import { IDENTITY_HANDLERS } from './identity.ts';
import { guestLinkOf } from './guest-links.ts';
import { IMPORT_DIRECTORY, IMPORT_PLAN } from './imports.ts';
import { PEOPLE_HANDLERS } from './people.ts';
import { idOf } from './samples.ts';
import { SEND_HANDLERS } from './sends.ts';
import { STAGING_HANDLERS } from './staging.ts';
import type { World } from './world.ts';

type Routes = typeof ROUTES;
type Handler<Name extends RouteName> = (
  world: World,
  request: RequestOf<Routes[Name]> & BytesOf<Name>,
) => ResponseOf<Routes[Name]>;
type BytesOf<Name extends RouteName> = Routes[Name] extends { readonly takesBytes: true }
  ? { readonly bytes: Uint8Array }
  : unknown;
type Json<Name extends RouteName> = ResponseOf<Routes[Name]> extends undefined ? never : Name;
type JsonRoute = { [Name in RouteName]: Json<Name> }[RouteName];
export type Handlers = { readonly [Name in JsonRoute]: Handler<Name> };

export function refuse(status: number, code: string, text: string): RequestRefused {
  return new RequestRefused(status, { code, details: {}, text });
}

function transferOf(world: World, id: string): Transfer {
  const transfer = world.transfers.get(id);
  if (transfer === undefined) throw refuse(404, 'NO_SUCH_TRANSFER', 'there is no such transfer');
  return transfer;
}

const SPANS = { minute: 1, hour: 60, day: 1_440 } as const;
const BAD = 'bad.example';

/** What a link or file stands for: the hash it names, or one made of its length. */
function sourceOf({ source, torrent }: { source?: string; torrent?: string }): {
  id: string;
  name: string;
  isMagnet: boolean;
} {
  const text = source ?? torrent ?? '';
  if (text === '' || text.includes(BAD))
    throw new RequestRefused(422, {
      code: 'BAD_SOURCE',
      details: {},
      text: 'this is neither a magnet link, nor a .torrent file, nor an http(s) address',
    });
  const hash = /urn:btih:([0-9a-f]{40})/.exec(text)?.[1];
  const name = /dn=([^&]+)/.exec(text)?.[1];
  return {
    id: hash ?? idOf(100_000 + text.length),
    name: name === undefined ? 'A new thing' : decodeURIComponent(name),
    isMagnet: source?.startsWith('magnet:') ?? false,
  };
}

const FILES = [
  { path: 'Talks/Opening.webm', length: 640_000_000 },
  { path: 'Talks/Closing.webm', length: 480_000_000 },
  { path: 'Slides/opening.pdf', length: 4_200_000 },
  { path: 'LICENSE.txt', length: 18_000 },
];
const SIZE = FILES.reduce((sum, { length }) => sum + length, 0);

export const HANDLERS: Handlers = {
  listTransfers: (world, { query }) => world.delta(query.revision),
  addTransfer: (world, { body }) => {
    const { id, name, isMagnet } = sourceOf(body);
    if (world.transfers.has(id))
      throw refuse(409, 'ALREADY_ADDED', 'it is among the transfers already');
    const wanted =
      body.files === undefined
        ? SIZE
        : body.files.reduce((sum, at) => sum + (FILES[at]?.length ?? 0), 0);
    const transfer: Transfer = {
      id,
      name,
      state: body.isPaused ? 'paused' : isMagnet ? 'metadata' : 'downloading',
      size: isMagnet ? 0 : SIZE,
      wanted: isMagnet ? 0 : wanted,
      have: 0,
      down: body.isPaused || isMagnet ? 0 : 2_000_000,
      up: 0,
      downloaded: 0,
      uploaded: 0,
      peers: 0,
      seeds: 0,
      ...(body.category && { category: body.category }),
      tags: body.tags ?? [],
      directory: body.directory ?? world.settings.values.downloadDirectory,
      addedAt: world.now(),
      isPrivate: false,
      isSequential: body.isSequential ?? false,
      queuePosition: 1,
    };
    world.put(transfer);
    world.publishTransfers();
    world.note('info', { code: 'TRANSFER_ADDED', details: { name }, text: `added: ${name}` }, id);
    return transfer;
  },
  inspectTransfer: (world, { body }) => {
    const { id, name, isMagnet } = sourceOf(body);
    return {
      id,
      name,
      isAdded: world.transfers.has(id),
      isPrivate: false,
      size: isMagnet ? 0 : SIZE,
      trackers: ['udp://tracker.example.org:6969/announce'],
      ...(!isMagnet && { files: FILES }),
    };
  },
  actOnTransfers: (world, { body }) => {
    for (const id of body.ids) {
      const transfer = world.transfers.get(id);
      if (transfer === undefined) continue;
      const { reason: _, etaSeconds: __, ...rest } = transfer;
      const isDone = transfer.have === transfer.wanted && transfer.wanted > 0;
      if (body.action === 'pause') world.put({ ...rest, state: 'paused', down: 0, up: 0 });
      if (body.action === 'resume' || body.action === 'force')
        world.put({
          ...rest,
          state: isDone ? 'seeding' : 'downloading',
          down: isDone ? 0 : 1_500_000,
        });
      if (body.action === 'recheck') world.put({ ...rest, state: 'checking', down: 0, up: 0 });
    }
    world.publishTransfers();
    return {};
  },
  removeTransfers: (world, { body }) => {
    for (const id of body.ids) world.take(id);
    world.publishTransfers();
    return { undoUntil: world.now() + 30_000 };
  },
  undoRemoval: (world, { body }) => {
    for (const id of body.ids) {
      const gone = world.removed.get(id);
      if (gone === undefined) throw refuse(404, 'NO_SUCH_TRANSFER', 'there is no such transfer');
      world.put(gone.transfer);
      world.removed.delete(id);
    }
    world.publishTransfers();
    return {};
  },
  showTransfer: (world, { params }) => {
    transferOf(world, params.id);
    const detail = world.detail(params.id);
    if (detail === undefined) throw refuse(404, 'NO_SUCH_TRANSFER', 'there is no such transfer');
    return detail;
  },
  changeTransfer: (world, { params, body }) => {
    const { category, ...rest } = transferOf(world, params.id);
    const kept = body.category === undefined ? category : (body.category ?? undefined);
    const own = world.own(params.id);
    world.put({
      ...rest,
      ...(kept !== undefined && { category: kept }),
      ...(body.tags && { tags: body.tags }),
      ...(body.isSequential !== undefined && { isSequential: body.isSequential }),
    });
    for (const { index, priority } of body.files ?? []) {
      const file = own.files[index];
      if (file !== undefined) own.files[index] = { ...file, priority };
    }
    own.limits = { ...own.limits, ...body.limits };
    own.goals = { ...own.goals, ...body.goals };
    if (body.trackers !== undefined)
      own.trackers = body.trackers.flatMap((urls, tier) =>
        urls.map((url) => ({ url, tier, state: 'idle' as const })),
      );
    world.publishTransfers();
    return HANDLERS.showTransfer(world, { params });
  },
  moveTransfer: (world, { params, body }) => {
    transferOf(world, params.id);
    world.change(params.id, { directory: body.directory });
    world.publishTransfers();
    return {};
  },
  cancelMove: (world, { params }) => {
    const { state } = transferOf(world, params.id);
    if (state !== 'moving') throw refuse(409, 'NOT_POSSIBLE_NOW', 'nothing is moved now');
    world.change(params.id, { state: 'paused' });
    world.publishTransfers();
    return {};
  },
  renameTransfer: (world, { params, body }) => {
    transferOf(world, params.id);
    const own = world.own(params.id);
    if (body.index === undefined) world.change(params.id, { name: body.name });
    else {
      const file = own.files[body.index];
      if (file) own.files[body.index] = { ...file, path: file.path.replace(/[^/]+$/, body.name) };
    }
    world.publishTransfers();
    return {};
  },
  listFiles: (world, { params }) => {
    transferOf(world, params.id);
    return { files: world.own(params.id).files };
  },
  listPeers: (world, { params }) => {
    const { peers, down, up } = transferOf(world, params.id);
    return {
      peers: Array.from({ length: peers }, (_, at) => ({
        address: at % 5 === 4 ? `2001:db8::${at + 1}` : `192.0.2.${at + 1}`,
        port: 6_881 + at,
        client:
          ['Coequal 0.1.0', 'qBittorrent 5.1', 'Transmission 4.1', 'libtorrent 2.0'][at % 4] ?? '',
        source: ['dht', 'tracker', 'incoming', 'pex'][at % 4] ?? 'dht',
        transport: (['tcp', 'utp', 'tcp', 'punched'] as const)[at % 4] ?? 'tcp',
        isIncoming: at % 4 === 2,
        progress: ((at * 37) % 101) / 100,
        down: at % 3 === 0 ? Math.floor((down * 3) / peers) : 0,
        up: at % 2 === 0 ? Math.floor((up * 2) / peers) : 0,
        downloaded: at * 7_000_000,
        uploaded: at * 2_000_000,
        isInterested: at % 3 === 0,
        isChoking: at % 3 === 1,
        areInterested: true,
        areChoked: at % 2 === 1,
      })),
    };
  },
  addPeers: (world, { params }) => {
    transferOf(world, params.id);
    return {};
  },
  showPieces: (world, { params }) => {
    transferOf(world, params.id);
    const { states, availability } = world.pieces(params.id);
    const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
    return { count: states.length, states: base64(states), availability: base64(availability) };
  },
  showTransferSpeed: (world, { params, query }) => {
    const { down, up } = transferOf(world, params.id);
    return world.speed(SPANS[query.span ?? 'minute'], down, up);
  },
  listCategories: (world) => ({ categories: [...world.categories.values()] }),
  putCategory: (world, { params, body }) => {
    const category = { ...body, name: params.name };
    world.categories.set(params.name, category);
    world.publish({ type: 'categories' });
    return category;
  },
  removeCategory: (world, { params }) => {
    if (!world.categories.delete(params.name))
      throw refuse(404, 'NO_SUCH_CATEGORY', 'there is no such category');
    world.publish({ type: 'categories' });
    return {};
  },
  findImports: (world) => {
    const { program, directory, items } = IMPORT_PLAN;
    const places = [{ program, directory, count: items.length }];
    return { places: world.hasImports ? places : [] };
  },
  planImport: (world, { body }) => {
    if (!world.hasImports || (body.directory ?? IMPORT_DIRECTORY) !== IMPORT_DIRECTORY)
      throw new RequestRefused(404, {
        code: 'NO_FOREIGN_STATE',
        details: { path: body.directory ?? '' },
        text: 'there is nothing of another program',
      });
    const items = IMPORT_PLAN.items.filter(
      ({ id }) => id !== undefined && !world.transfers.has(id),
    );
    return { ...IMPORT_PLAN, items };
  },
  runImport: (world, { body }) => {
    const chosen = IMPORT_PLAN.items.filter(({ key }) => body.keys.includes(key));
    const report = { added: [] as string[], refused: [] as ImportReport['refused'] };
    for (const { key, id = '', name, size, claimed, isPaused, tags, problems, verdict } of chosen) {
      const [problem] = problems;
      if (verdict === 'blocked' && problem !== undefined) {
        report.refused.push({ key, name, problem });
        continue;
      }
      world.put({
        id,
        name,
        state: isPaused ? 'paused' : 'checking',
        size,
        wanted: size,
        have: claimed,
        down: 0,
        up: 0,
        downloaded: 0,
        uploaded: 0,
        peers: 0,
        seeds: 0,
        tags,
        directory: '/home/robin/Music',
        addedAt: world.now(),
        isPrivate: false,
        isSequential: false,
        queuePosition: 1,
      });
      report.added.push(id);
    }
    world.publishTransfers();
    return report;
  },
  showStatus: (world) => world.status(),
  setUp: (world, { body }) => {
    world.isSetUp = true;
    if (body.downloadDirectory !== undefined) {
      world.settings.values.downloadDirectory = body.downloadDirectory;
      world.settings.origins['downloadDirectory'] = 'page';
    }
    world.publish({ type: 'status', status: world.status() });
    return world.status();
  },
  stop: () => ({}),
  showSpeed: (world, { query }) => {
    const { down, up } = world.status();
    return world.speed(SPANS[query.span ?? 'minute'], down, up);
  },
  showSettings: (world) => world.settings,
  changeSettings: (world, { body }) => {
    const { values, defaults, origins } = world.settings;
    const isLocked = (key: string): boolean =>
      !['default', 'page'].includes(origins[key] ?? 'default');
    const keys = [...Object.keys(body.values), ...(body.reset ?? [])];
    if (keys.some(isLocked))
      throw refuse(409, 'SETTING_LOCKED', 'config.toml has the last word on this');
    Object.assign(values, body.values);
    for (const key of Object.keys(body.values)) origins[key] = 'page';
    for (const key of body.reset ?? []) {
      Object.assign(values, { [key]: defaults[key as keyof Settings] });
      origins[key] = 'default' satisfies SettingOrigin;
    }
    world.publish({ type: 'settings' });
    return world.settings;
  },
  showReach: (world) => world.reach(),
  examine: (world) => world.doctor(),
  readLog: (world, { query }) => ({
    entries: world.log.filter(
      ({ number, transfer }) =>
        number > (query.after ?? 0) &&
        (query.transfer === undefined || transfer === query.transfer),
    ),
  }),
  listFolder: (_, { query }) => {
    const path = query.path ?? '/home/robin';
    const folders: Readonly<Record<string, string[]>> = {
      '/': ['home', 'srv'],
      '/home': ['robin'],
      '/home/robin': ['Coequal', 'Documents', 'Music', 'Pictures', 'Videos'],
      '/home/robin/Pictures': ['Holiday 2026', 'Garden'],
      '/srv': ['files'],
      '/srv/files': ['Books', 'Films', 'Music', 'Systems'],
    };
    if (path.includes('missing')) throw refuse(404, 'NO_SUCH_FOLDER', `there is no folder ${path}`);
    const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')));
    return {
      path,
      ...(path !== '/' && { parent }),
      folders: folders[path] ?? [],
      files: path.includes('Holiday')
        ? [
            { name: 'lake at dawn.jpg', length: 5_300_000 },
            { name: 'the long walk.mp4', length: 812_000_000 },
          ]
        : [],
      freeBytes: 412_000_000_000,
    };
  },
  createTorrent: (world) => {
    const id = String(world.creations.size + 1);
    const creation = { id, state: 'working' as const, done: 0, total: 817_300_000 };
    world.creations.set(id, creation);
    return creation;
  },
  showCreation: (world, { params }) => {
    const creation = world.creations.get(params.id);
    if (creation === undefined)
      throw refuse(404, 'NO_SUCH_CREATION', 'there is no such thing being made');
    return creation;
  },
  cancelCreation: (world, { params }) => {
    const creation = { ...HANDLERS.showCreation(world, { params }), state: 'cancelled' as const };
    world.creations.set(params.id, creation);
    world.publish({ type: 'creation', creation });
    return creation;
  },
  showDemo: (world) => world.demo,
  beginDemo: (world) => (world.demo = world.demoIn('sharing')),
  cancelDemo: (world) => (world.demo = { ...world.demo, state: 'cancelled' }),
  listApiKeys: (world) => ({ keys: [...world.keys.values()] }),
  makeApiKey: (world, { body }) => {
    const key = { ...body, id: String(world.keys.size + 1), createdAt: world.now() };
    world.keys.set(key.id, key);
    return { key, secret: 'cq_9f3b1c7e5d2a4f6088b7c6d5e4f3a2b1' };
  },
  revokeApiKey: (world, { params }) => {
    if (!world.keys.delete(params.id)) throw refuse(404, 'NO_SUCH_KEY', 'there is no such key');
    return {};
  },
  makeLoginLink: (world) => ({
    url: 'http://127.0.0.1:8420/login#once',
    validUntil: world.now() + 300_000,
  }),
  showRemotePage: (world) => world.remotePage(),
  pairBrowser: (world) => {
    const { state, addresses, certificate } = world.remotePage();
    if (state !== 'open')
      throw refuse(409, 'PAGE_NOT_OPEN', 'the page is not open to other devices');
    world.pairings += 1;
    const code = `made-${world.pairings}`.padEnd(22, 'x');
    return {
      links: addresses.map(({ host, url }) => ({ host, url: `${url}/login?code=${code}` })),
      validUntil: world.now() + 300_000,
      ...(certificate !== undefined && { certificate }),
    };
  },
  listGuestLinks: (world) => ({ links: [...world.guestLinks.values()] }),
  createGuestLink: (world, { body }) => {
    if (body.paths.length === 0 && body.mayUpload !== true)
      throw refuse(422, 'GUEST_LINK_EMPTY', 'a link needs something to give');
    const link = guestLinkOf(world.guestLinks.size + 1, body, world.now());
    world.guestLinks.set(link.id, link);
    world.publish({ type: 'guest-links' });
    return link;
  },
  stopGuestTransfer: (world, { params }) => {
    const link = world.guestLinks.get(params.id);
    if (link === undefined) throw refuse(404, 'NO_SUCH_GUEST_LINK', 'there is no such link');
    const transfers = link.transfers.map((each) =>
      each.id === params.transfer ? { ...each, state: 'stopped' as const } : each,
    );
    world.guestLinks.set(link.id, { ...link, transfers });
    world.publish({ type: 'guest-links' });
    return {};
  },
  revokeGuestLink: (world, { params }) => {
    if (!world.guestLinks.delete(params.id))
      throw refuse(404, 'NO_SUCH_GUEST_LINK', 'there is no such link');
    world.publish({ type: 'guest-links' });
    return {};
  },
  listSessions: (world) => ({ sessions: [...world.sessions.values()] }),
  endSession: (world, { params }) => {
    if (!world.sessions.delete(params.id)) throw refuse(404, 'NO_SUCH_SESSION', 'no such browser');
    return {};
  },
  signOut: () => ({}),
  ...IDENTITY_HANDLERS,
  ...SEND_HANDLERS,
  ...PEOPLE_HANDLERS,
  ...SEND_HANDLERS,
  ...STAGING_HANDLERS,
};
