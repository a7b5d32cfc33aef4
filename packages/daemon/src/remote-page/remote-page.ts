/** The service that opens the page to other devices, for as long as a setting says so. */
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { LocalFault, sleep } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { Pairing, RemotePage as Report, Settings } from '@coequal/contract';
import type { Access, Door } from '../api/access.ts';
import type { ApiParts } from '../api/api-routes.ts';
import { openRemoteServer } from '../api/remote-server.ts';
import type { RemoteDoor, RemoteServer } from '../api/remote-server.ts';
import type { AppOptions } from '../api/server.ts';
import { interfacesUp } from '../bind.ts';
import type { FindInterfaces } from '../bind.ts';
import { explain } from '../peer/explain.ts';
import type { ServiceSpec } from '../peer/supervisor.ts';
import { isWithin } from '../reach.ts';
import type { Reach } from '../reach.ts';
import { findOwnNames, hostHeaders, pageAddresses } from './own-names.ts';
import type { OwnNames, PageScheme } from './own-names.ts';
import {
  isGoodFor,
  makeOwnCertificate,
  readGivenCertificate,
  readOwnCertificate,
} from './page-certificate.ts';
import type { PageCertificate } from './page-certificate.ts';
import type { CertificateNames } from './self-signed.ts';

/** Beside that of the page on this computer: one that a person can have in a bookmark. */
const USUAL_PORT = 7_228;
/** New addresses, a certificate that ends, files that were renewed: a look takes less than a millisecond. */
const LOOK_MS = 2_000;
/** Names, and addresses, that a certificate must have: below what it can have, or each look would make another. */
const WANTED_NAMES_MAX = 30;

export interface RemotePagePlan {
  readonly home: string;
  readonly reach: Reach;
  readonly clock: Clock;
  settings(): Settings;
  /** The port of the last time: bookmarks have it. */
  lastPort(): number | undefined;
  onPort(port: number): void;
  onOpen(url: string): void;
  onCertificate(certificate: PageCertificate): void;
  /** Something to tell, which does not end it. */
  onProblem(error: unknown): void;
  /** Of this computer; tests have their own. */
  readonly find?: FindInterfaces;
  readonly computer?: string;
}

/** What answers the requests. */
export interface RemotePageWorks {
  readonly options: AppOptions;
  readonly access: Access;
  parts(door: Door): ApiParts;
}

/** While it is open. */
interface Open {
  readonly scheme: PageScheme;
  readonly server: RemoteServer;
  own: OwnNames;
  hosts: ReadonlySet<string>;
  certificate: PageCertificate | undefined;
  /** Of the files that the person gave. */
  filesAt: string;
}

export class RemotePage implements ServiceSpec {
  readonly name = 'remote-page';
  readonly #plan: RemotePagePlan;
  #works: RemotePageWorks | undefined;
  #open: Open | undefined;

  constructor(plan: RemotePagePlan) {
    this.#plan = plan;
  }

  /** Before its first run. */
  attach(works: RemotePageWorks): void {
    this.#works = works;
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    const { pageReach } = this.#plan.settings();
    if (pageReach === 'off' || this.#isForbidden || this.#works === undefined) return;
    await using resources = new AsyncDisposableStack();
    const open = await this.#openServer(pageReach, this.#works, resources);
    this.#open = open;
    resources.defer(() => void (this.#open = undefined));
    const [first] = this.#addressesOf(open);
    this.#plan.onPort(open.server.port);
    if (first !== undefined) this.#plan.onOpen(first.url);
    onRunning();
    for (;;) {
      await sleep(this.#plan.clock, LOOK_MS, signal);
      await this.#look(open);
    }
  }

  /** Undefined while it does not run. */
  get openAt(): { readonly port: number; readonly scheme: PageScheme } | undefined {
    const open = this.#open;
    return open && { port: open.server.port, scheme: open.scheme };
  }

  /** Of what is open by https: guests are served with the same. */
  get certificate(): PageCertificate | undefined {
    return this.#open?.certificate;
  }

  /** `state`: of the service. */
  report({ state, problem }: ServiceState): Report {
    const wanted = this.#plan.settings().pageReach;
    if (wanted !== 'off' && this.#isForbidden)
      return { wanted, state: 'forbidden', problem: explain(offline()), addresses: [] };
    const open = this.#open;
    if (open === undefined) {
      const isFailed = state === 'failed' && problem !== undefined;
      if (wanted === 'off') return { wanted, state: 'off', addresses: [] };
      return isFailed
        ? { wanted, state: 'failed', problem, addresses: [] }
        : { wanted, state: 'starting', addresses: [] };
    }
    return {
      wanted,
      state: 'open',
      port: open.server.port,
      addresses: this.#addressesOf(open),
      ...(open.certificate !== undefined && { certificate: reportOf(open.certificate) }),
    };
  }

  /** Throws LocalFault `PAGE_NOT_OPEN`. */
  pair(): Pairing {
    const open = this.#open;
    if (this.#isForbidden) throw new LocalFault('PAGE_NOT_OPEN', { why: 'offline' });
    if (open === undefined || this.#works === undefined) throw new LocalFault('PAGE_NOT_OPEN');
    const { code, validUntil } = this.#works.access.at(open.scheme).makePairingCode();
    return {
      links: this.#addressesOf(open).map(({ host, url }) => ({
        host,
        url: `${url}/login?code=${code}`,
      })),
      validUntil,
      ...(open.certificate !== undefined && { certificate: reportOf(open.certificate) }),
    };
  }

  get #isForbidden(): boolean {
    return this.#plan.reach === 'loopback';
  }

  async #openServer(
    pageReach: 'https' | 'http-on-trusted-lan',
    works: RemotePageWorks,
    resources: AsyncDisposableStack,
  ): Promise<Open> {
    const { pageAddress, pagePort } = this.#plan.settings();
    const scheme = pageReach === 'https' ? 'https' : 'http';
    const own = this.#ownNames();
    const certificate = scheme === 'https' ? await this.#certificate(own) : undefined;
    const usual = [this.#plan.lastPort() ?? USUAL_PORT, USUAL_PORT, 0];
    const door: RemoteDoor = {
      tls: certificate,
      address: pageAddress ?? undefined,
      ports: pagePort === 0 ? usual : [pagePort],
      admits: (address) => isWithin(address, scheme === 'http' ? 'private' : this.#plan.reach),
      hosts: () => this.#open?.hosts ?? new Set(),
      isHttpsAlone: (host) => this.#isHttpsAlone(host),
    };
    const server = resources.use(await openRemoteServer(door, works.options, works.parts(scheme)));
    const hosts = hostHeaders(own, scheme, server.port);
    return { scheme, server, own, hosts, certificate, filesAt: this.#filesAt() };
  }

  /** What changed around it is taken over while it goes on. */
  async #look(open: Open): Promise<void> {
    const own = this.#ownNames();
    if (JSON.stringify(own) !== JSON.stringify(open.own)) {
      open.own = own;
      open.hosts = hostHeaders(own, open.scheme, open.server.port);
    }
    const { certificate } = open;
    if (certificate === undefined) return;
    try {
      const filesAt = this.#filesAt();
      const isDue = certificate.isOwn
        ? !isGoodFor(certificate, namesFor(own), this.#plan.clock.epochNow())
        : filesAt !== open.filesAt;
      open.filesAt = filesAt;
      if (!isDue) return;
      open.certificate = await this.#certificate(own);
      open.server.renew(open.certificate);
    } catch (error) {
      // the one that is there is still good, or better than none
      this.#plan.onProblem(error);
    }
  }

  async #certificate(own: OwnNames): Promise<PageCertificate> {
    const { pageCertificate, pageKey } = this.#plan.settings();
    if (pageCertificate !== null || pageKey !== null)
      return readGivenCertificate(pageCertificate, pageKey);
    const { home, clock } = this.#plan;
    const kept = readOwnCertificate(home);
    const now = clock.epochNow();
    if (kept !== undefined && isGoodFor(kept, namesFor(own), now)) return kept;
    const made = await makeOwnCertificate(home, namesFor(own), kept, now);
    this.#plan.onCertificate(made);
    return made;
  }

  /** Changes whenever one of the files does. */
  #filesAt(): string {
    const { pageCertificate, pageKey } = this.#plan.settings();
    const paths = [pageCertificate, pageKey].filter((path) => path !== null);
    return paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs).join(' ');
  }

  /**
   * Browsers keep that for the whole name, at every port: only of a name that the person added, and that an authority
   * vouches for. Of an address it may not be said (RFC 6797, section 8.1.1).
   */
  #isHttpsAlone(host: string): boolean {
    const name = host.toLowerCase().replace(/:\d+$/, '');
    const isAdded = this.#open?.own.added.some((each) => each.replace(/:\d+$/, '') === name);
    return isAdded === true && this.#open?.certificate?.isOwn === false && /[a-z]/.test(name);
  }

  #ownNames(): OwnNames {
    const { pageAddress, pageNames } = this.#plan.settings();
    const { find = interfacesUp, computer = hostname() } = this.#plan;
    return findOwnNames(pageAddress ?? undefined, pageNames, find, computer);
  }

  #addressesOf({ own, scheme, server, certificate }: Open): Report['addresses'] {
    return pageAddresses(own, scheme, server.port, certificate?.isOwn === false);
  }
}

type ServiceState = Pick<Report, 'problem'> & { readonly state: string };

/** All that it may be asked for by; ports are no part of a certificate. */
function namesFor({ addresses, names, added }: OwnNames): CertificateNames {
  const hosts = added.map((name) => name.replace(/:\d+$/, ''));
  const [literals, others] = [
    hosts.filter((host) => isIP(host) !== 0),
    hosts.filter((host) => isIP(host) === 0),
  ];
  return {
    addresses: [...literals, ...addresses].slice(0, WANTED_NAMES_MAX),
    names: [...names, ...others].slice(0, WANTED_NAMES_MAX),
  };
}

function reportOf({ fingerprint, validUntil, isOwn, names }: PageCertificate) {
  return { fingerprint, validUntil, isOwn, names: [...names.names, ...names.addresses] };
}

function offline(): LocalFault {
  return new LocalFault('PAGE_OFFLINE');
}
