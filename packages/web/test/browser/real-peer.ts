/** The program itself, started as a person does, on loopback alone. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const COMMAND = fileURLToPath(new URL('../../../daemon/bin/coequal.js', import.meta.url));

export class RealPeer implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Signs one browser in, once. */
  readonly loginLink: string;

  private constructor(child: ChildProcess, loginLink: string) {
    this.#child = child;
    this.loginLink = loginLink;
  }

  static async open(home: string): Promise<RealPeer> {
    const flags = ['up', '--no-open', '--json', '--offline', '--api-port', '0', '--home', home];
    const child = spawn(process.execPath, [COMMAND, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, url } = JSON.parse(line) as { event: string; url: string };
      if (event === 'ready') return new RealPeer(child, url);
    }
    throw new Error('the peer ended before it was ready');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** From the link of a peer that was just started to its home screen. */
export async function finishFirstRun(page: Page, peer: RealPeer, folder: string): Promise<void> {
  await page.goto(peer.loginLink);
  await page.getByText('I understand that what I fetch is passed on').click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('textbox', { name: 'Folder for files' }).fill(folder);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Just look round' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
}
