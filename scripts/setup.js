// Installs the dependencies when the lock file is newer than what is installed, and builds the page when
// its sources are newer than what is built. Plain JavaScript
// without imports of its own, because it runs on whatever Node (20 or later) the machine has.
import { execSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// `.bin/node` is a link: it counts as there only when Node 24 itself is. npm writes the hidden lock
// file last, so an install that was interrupted is started again.
const isReady =
  changedAt('node_modules/.bin/node') > 0 &&
  changedAt('node_modules/.package-lock.json') >= changedAt('package-lock.json');

if (!isReady) install();
if (process.exitCode === undefined && !isPageReady()) buildPage();

function install() {
  console.error('Installing the dependencies (this happens once) …');
  try {
    // Only Node 24 needs its install script, and older releases of npm do not read `allowScripts`:
    // the others would compile optional parts of foreign peers, or fetch them from elsewhere.
    run('npm ci --ignore-scripts --loglevel=error');
    run('npm rebuild node --loglevel=error');
  } catch {
    console.error('The dependencies could not be installed: npm says above why.');
    process.exitCode = 1;
  }
}

function isPageReady() {
  const sources = [
    'packages/contract/src',
    'packages/web/src',
    'packages/web/public',
    'packages/web/index.html',
    'packages/web/vite.config.ts',
    'package-lock.json',
  ];
  const builtAt = changedAt('packages/web/dist/index.html');
  return builtAt > 0 && sources.every((path) => newestIn(path) <= builtAt);
}

function buildPage() {
  try {
    run('node node_modules/vite/bin/vite.js build packages/web --logLevel warn');
  } catch {
    console.error('The page could not be built: Vite says above why. All else works without it.');
  }
}

/** @param {string} path */
function newestIn(path) {
  const entries = statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(path, { recursive: true })
    : [];
  return Math.max(changedAt(path), ...entries.map((name) => changedAt(`${path}/${name}`)));
}

/** @param {string} command */
function run(command) {
  execSync(command, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** @param {string} path */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
