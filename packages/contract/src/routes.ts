/** All routes of the API, version 1. */
import { IDENTITY_ROUTES } from './identity-routes.ts';
import { GUEST_ROUTES } from './guest-routes.ts';
import { IMPORT_ROUTES } from './import-routes.ts';
import { PEER_ROUTES } from './peer-routes.ts';
import { PEOPLE_ROUTES } from './people-routes.ts';
import { REMOTE_PAGE_ROUTES } from './remote-page.ts';
import type { Route } from './route.ts';
import { SEND_ROUTES } from './send-routes.ts';
import { STAGING_ROUTES } from './staging-routes.ts';
import { TRANSFER_ROUTES } from './transfer-routes.ts';

export const ROUTES = {
  ...TRANSFER_ROUTES,
  ...IMPORT_ROUTES,
  ...IDENTITY_ROUTES,
  ...GUEST_ROUTES,
  ...PEOPLE_ROUTES,
  ...GUEST_ROUTES,
  ...PEER_ROUTES,
  ...REMOTE_PAGE_ROUTES,
  ...SEND_ROUTES,
  ...STAGING_ROUTES,
} as const satisfies Readonly<Record<string, Route>>;
export type RouteName = keyof typeof ROUTES;
