/** The routes of guest links. */
import type { CreateGuestLink, GuestLink } from '@coequal/contract';
import type { Handlers } from '../api/handler.ts';
import { requireAbsolute } from '../peer/absolute-path.ts';

type GuestRoutes = 'listGuestLinks' | 'createGuestLink' | 'stopGuestTransfer' | 'revokeGuestLink';

/** What is asked of those who keep the links. */
export interface GuestLinksView {
  list(): GuestLink[];
  create(request: CreateGuestLink, signal: AbortSignal): Promise<GuestLink>;
  /** Throws LocalFault `NO_SUCH_GUEST_LINK` or `NO_SUCH_GUEST_TRANSFER`. */
  stop(id: string, transfer: string): void;
  /** Throws LocalFault `NO_SUCH_GUEST_LINK`. */
  revoke(id: string): void;
}

export function guestHandlers(links: GuestLinksView): Pick<Handlers, GuestRoutes> {
  return {
    listGuestLinks: () => ({ links: links.list() }),
    createGuestLink({ body }, _caller, signal) {
      for (const path of body.paths) requireAbsolute({ path }, 'path');
      return links.create(body, signal);
    },
    stopGuestTransfer({ params }) {
      links.stop(params.id, params.transfer);
      return {};
    },
    revokeGuestLink({ params }) {
      links.revoke(params.id);
      return {};
    },
  };
}
