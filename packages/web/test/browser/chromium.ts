/** Debian's Chromium for the tests of the page, with its own empty folder. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { FakePeer } from '../fake-peer/fake-peer.ts';
import type { WorldOptions } from '../fake-peer/world.ts';

const EXECUTABLE = '/usr/bin/chromium';

/** For `describe`. */
export const NEEDS_CHROMIUM = {
  skip: existsSync(EXECUTABLE) ? false : 'install the Debian package chromium',
};

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--lang=en-US',
];

/** What has not come by then, of a page or of its peer, does not come: a little less than a test may take. */
const WAIT_MS = 100_000;

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

export class Browser implements AsyncDisposable {
  readonly context: BrowserContext;
  readonly #resources: AsyncDisposableStack;

  private constructor(context: BrowserContext, resources: AsyncDisposableStack) {
    this.context = context;
    this.#resources = resources;
  }

  /** `more`: arguments of its command. */
  static async open(more: readonly string[] = []): Promise<Browser> {
    await using resources = new AsyncDisposableStack();
    const folder = resources.use(await mkdtempDisposable(join(tmpdir(), 'coequal-page-')));
    const context = await chromium.launchPersistentContext(folder.path, {
      executablePath: EXECUTABLE,
      timeout: WAIT_MS,
      headless: true,
      chromiumSandbox: false,
      args: [...ARGUMENTS, ...more],
      locale: 'en-US',
      acceptDownloads: true,
    });
    resources.defer(() => context.close());
    context.setDefaultTimeout(WAIT_MS);
    return new Browser(context, resources.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }
}

export interface Visit extends AsyncDisposable {
  readonly peer: FakePeer;
  readonly page: Page;
  /** What the browser complained of: errors of scripts, and what the policy refused. */
  readonly complaints: readonly string[];
}

export interface VisitOptions extends WorldOptions {
  readonly hash?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const { hash = '', viewport = DESKTOP, ...world } = options;
  await using resources = new AsyncDisposableStack();
  const peer = resources.use(await FakePeer.open(world));
  const page = await browser.context.newPage();
  resources.defer(() => page.close());
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.setViewportSize(viewport);
  await page.goto(peer.url + hash);
  await page.locator('main').waitFor();
  const owned = resources.move();
  return { peer, page, complaints, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Of an async function in the page: until nothing fades in or moves, and no part waits for what it is to show. */
const REST = `while (document.querySelector('.waiting') !== null || document.getAnimations().length > 0)
  await new Promise(requestAnimationFrame);`;

/** Until the page stays as it is. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(`(async () => { ${REST} })()`);
}

/** Fails on what axe-core calls serious or critical, of the page as it stays: what still fades in has pale colours. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  // in one go: between two something else may begin to fade in
  const violations = (await page.evaluate(`(async () => {
    ${REST}
    return (await axe.run(document, { resultTypes: ['violations'] })).violations;
  })()`)) as Violation[];
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  const told = serious.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n  ${failureSummary}`),
  );
  assert.deepEqual(told, [], what);
}
