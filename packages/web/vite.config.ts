// Builds the page into `dist`, which the daemon serves as it is.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

/** React Aria has words of its own, in thirty languages; the page has three. */
const LANGUAGES = /[/\\]intl[/\\](?:\w+[/\\])?([a-z]{2}-[A-Z]{2})\.mjs$/;
const KEPT = new Set(['en-US', 'de-DE', 'ar-AE']);

function dropOtherLanguages(): Plugin {
  return {
    name: 'drop-other-languages',
    enforce: 'pre',
    load(id) {
      const language = LANGUAGES.exec(id)?.[1];
      const isDropped = language !== undefined && !KEPT.has(language);
      return isDropped ? 'export default {};' : undefined;
    },
  };
}

export default defineConfig({
  plugins: [dropOtherLanguages(), react()],
  build: {
    target: 'es2023',
    // what is bundled asks for its licence to go with it
    license: { fileName: 'third-party-licenses.md' },
    // nothing may be inlined as a data: address, which the content security policy refuses
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
