/** Style and script of the page for guests: text, because they are served from one process and packed with it. */

/** System fonts and colours of its own; both pass WCAG AA in light and dark. */
export const GUEST_STYLE = `:root {
  color-scheme: light dark;
  --ground: #fbfaf8; --text: #1d2327; --quiet: #565f66; --line: #d9d6d0;
  --action: #0b5f66; --on-action: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181b; --text: #e9ecee; --quiet: #a8b1b7; --line: #384147;
    --action: #7fd3d9; --on-action: #0c1b1d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 42rem; min-height: 100vh;
  background: var(--ground); color: var(--text);
  font: 1.0625rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
}
nav { display: flex; flex-wrap: wrap; justify-content: flex-end; font-size: 0.9375rem; }
nav > * { display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0 0.6rem; }
nav > span { color: var(--quiet); }
h1 { margin: 0.5rem 0 0.75rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.125rem; }
a { color: var(--action); }
a:focus-visible, label:focus-within, input:focus-visible + label, button:focus-visible {
  outline: 3px solid var(--action); outline-offset: 3px;
}
.quiet, footer { color: var(--quiet); font-size: 0.9375rem; }
.name { font-weight: 600; }
.button {
  display: inline-flex; align-items: center; justify-content: center; gap: 0.6rem; flex-wrap: wrap;
  min-height: 3.25rem; width: 100%; padding: 0.5rem 1.25rem; border: 2px solid var(--action);
  border-radius: 0.75rem; background: var(--action); color: var(--on-action);
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
.button.second { background: transparent; color: var(--action); }
.size { font-variant-numeric: tabular-nums; white-space: nowrap; font-weight: 400; }
.files { margin: 0; padding: 0; list-style: none; }
.files li {
  display: flex; justify-content: space-between; align-items: center; gap: 1rem;
  min-height: 2.75rem; padding: 0.4rem 0; border-block-end: 1px solid var(--line);
}
.files a { display: inline-flex; align-items: center; min-height: 2.75rem; }
.files progress { inline-size: 6rem; flex: none; accent-color: var(--action); }
.files .state { color: var(--quiet); text-align: end; }
#chosen { position: absolute; inline-size: 1px; block-size: 1px; opacity: 0; }
#chooser:focus-within .button { outline: 3px solid var(--action); outline-offset: 3px; }
footer { margin-top: 2.5rem; border-block-start: 1px solid var(--line); }
@media (min-width: 40rem) { .button { width: auto; } }
`;

/**
 * Sends chosen files one after the other, each from where the other side has it, and tries again when it breaks off.
 * What names an upload is kept by the browser, so that it goes on also when the page was closed.
 */
export const GUEST_SCRIPT = `'use strict';
(() => {
  const RETRY_MAX_MS = 30000;
  const box = document.getElementById('upload');
  const list = document.getElementById('uploads');
  const input = document.getElementById('chosen');
  if (!box || !list || !input) return;
  document.getElementById('chooser').hidden = false;
  const said = box.dataset;
  const number = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' });
  let last = Promise.resolve();

  const keyOf = (file) => {
    const name = 'upload ' + location.pathname + [file.name, file.size, file.lastModified].join('|');
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const made = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    try {
      const key = localStorage.getItem(name) || made;
      localStorage.setItem(name, key);
      return { key, forget: () => localStorage.removeItem(name) };
    } catch {
      return { key: made, forget: () => undefined };
    }
  };

  const request = (method, url, headers, body, onProgress) =>
    new Promise((resolve) => {
      const asked = new XMLHttpRequest();
      asked.open(method, url);
      for (const [name, value] of headers) asked.setRequestHeader(name, value);
      asked.upload.onprogress = (event) => onProgress(event.loaded);
      asked.onloadend = () => resolve(asked);
      asked.send(body);
    });

  const rowOf = (file) => {
    const row = document.createElement('li');
    const name = document.createElement('bdi');
    const bar = document.createElement('progress');
    const state = document.createElement('span');
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute('aria-label', file.name);
    state.className = 'state';
    state.textContent = said.waiting;
    row.append(name, bar, state);
    list.append(row);
    return { bar, state };
  };

  const once = async (file, url, show) => {
    const asked = await request('GET', url, [], null, () => undefined);
    const isWhole = asked.getResponseHeader('upload-complete') === '?1';
    if (asked.status !== 200 || isWhole) return asked;
    const offset = Number(asked.getResponseHeader('upload-offset')) || 0;
    const headers = [];
    if (offset > 0)
      headers.push(['content-range', 'bytes ' + offset + '-' + (file.size - 1) + '/' + file.size]);
    return request('PUT', url, headers, file.slice(offset), (loaded) => show(offset + loaded));
  };

  const send = async (file, { bar, state }) => {
    const { key, forget } = keyOf(file);
    const url = 'up/' + encodeURIComponent(file.name) + '?key=' + key + '&length=' + file.size;
    const show = (done) => {
      bar.value = file.size === 0 ? 1 : done / file.size;
      state.textContent = said.sending + ' ' + number.format(bar.value);
    };
    for (let wait = 1000; ; wait = Math.min(2 * wait, RETRY_MAX_MS)) {
      show(bar.value * file.size);
      const answer = await once(file, url, show);
      if (answer.status === 200 || answer.status === 201) {
        forget();
        bar.value = 1;
        state.textContent = said.sent;
        return;
      }
      if (![0, 409, 503].includes(answer.status)) {
        state.textContent = answer.responseText || said.failed;
        bar.remove();
        return;
      }
      state.textContent = said.interrupted;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };

  input.addEventListener('change', () => {
    for (const file of input.files) {
      const row = rowOf(file);
      last = last.then(() => send(file, row));
    }
    input.value = '';
  });
})();
`;
