/** The routes of guest links. Only the owner may: they give away files of this computer, and open a port. */
import { Nothing } from './fields.ts';
import { ByGuestLink, ByGuestTransfer, CreateGuestLink, GuestLink, GuestLinks } from './guest.ts';
import { route } from './route.ts';

export const GUEST_ROUTES = {
  listGuestLinks: route({
    method: 'GET',
    path: '/api/v1/guest-links',
    summary: 'Links for people without the program, who uses them, and how far they are',
    scope: 'owner',
    response: GuestLinks,
    errors: [],
    example: {},
  }),
  createGuestLink: route({
    method: 'POST',
    path: '/api/v1/guest-links',
    summary: 'Make a link by which others take files from this computer with a browser alone',
    scope: 'owner',
    body: CreateGuestLink,
    response: GuestLink,
    errors: ['GUEST_PATH_MISSING', 'GUEST_LINK_EMPTY', 'TOO_MANY_GUEST_LINKS', 'GUEST_FILES_MAX'],
    example: { body: { paths: ['/home/robin/Pictures/Holiday 2026'], guestsMax: 1 } },
  }),
  stopGuestTransfer: route({
    method: 'DELETE',
    path: '/api/v1/guest-links/{id}/transfers/{transfer}',
    summary: 'Stop what a guest takes or puts here; that guest is not let in again by this link',
    scope: 'owner',
    params: ByGuestTransfer,
    response: Nothing,
    errors: ['NO_SUCH_GUEST_LINK', 'NO_SUCH_GUEST_TRANSFER'],
    example: { params: { id: '1', transfer: '1' } },
  }),
  revokeGuestLink: route({
    method: 'DELETE',
    path: '/api/v1/guest-links/{id}',
    summary: 'End a link at once, with all that goes over it; uploads that are whole are kept',
    scope: 'owner',
    params: ByGuestLink,
    response: Nothing,
    errors: ['NO_SUCH_GUEST_LINK'],
    example: { params: { id: '1' } },
  }),
} as const;
