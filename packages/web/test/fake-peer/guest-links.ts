/** Guest links of the fake peer. */
import type { CreateGuestLink, GuestLink } from '@coequal/contract';

const DAY_MS = 86_400_000;
const HOST = '192.168.1.20';

export function guestLinkOf(number: number, request: CreateGuestLink, now: number): GuestLink {
  const items = request.paths.map((path) => ({
    path,
    name: path.split('/').at(-1) ?? path,
    kind: /\.\w+$/.test(path) ? ('file' as const) : ('folder' as const),
    size: 817_300_000,
    fileCount: /\.\w+$/.test(path) ? 1 : 2,
  }));
  const secret = `made-${number}`.padEnd(24, 'x');
  return {
    id: String(number),
    title: request.title ?? items[0]?.name ?? 'Files',
    items,
    size: items.reduce((sum, { size }) => sum + size, 0),
    fileCount: items.reduce((sum, { fileCount }) => sum + fileCount, 0),
    state: 'open',
    createdAt: now,
    expiresAt: now + (request.expiresInMs ?? 3 * DAY_MS),
    ...(request.guestsMax !== undefined && { guestsMax: request.guestsMax }),
    guests: 0,
    mayUpload: request.mayUpload ?? false,
    ...(request.mayUpload === true && {
      uploadBytesMax: request.uploadBytesMax ?? 10 * 2 ** 30,
      uploadDirectory: '/home/robin/Coequal/From guests',
    }),
    uploadedBytes: 0,
    reach: request.reach ?? 'lan',
    encryption: 'none',
    addresses: [{ host: HOST, url: `http://${HOST}:7229/${secret}/`, reach: 'lan' }],
    transfers: [],
  };
}
