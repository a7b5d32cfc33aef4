/** The whole page: who may see it, in which language and look, and its frame. */
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { FirstRun } from '../first-run/first-run.tsx';
import { chooseLanguage, directionOf, localeOf, Words } from '../i18n/language.ts';
import type { Catalog, Language } from '../i18n/language.ts';
import { loadCatalog, WordsContext } from '../i18n/words-context.tsx';
import type { Peer } from '../peer/peer.ts';
import { PeerContext, useAnswer, useConnection, usePeer } from '../peer/use-peer.ts';
import { Loaded, NoWords } from '../ui/loaded.tsx';
import { Toasts } from '../ui/toasts.tsx';
import { ActionsProvider } from './actions.tsx';
import { DropTarget } from './drop-target.tsx';
import { Frame } from './frame.tsx';
import { NavigationProvider } from './navigation.tsx';
import { PeopleActionsProvider } from './people-actions.tsx';
import { NoAnswer, SignedOut } from './no-peer.tsx';

export function App({ peer }: { readonly peer: Peer }) {
  return (
    <PeerContext value={peer}>
      <QueryClientProvider client={peer.queries}>
        <Speaking />
      </QueryClientProvider>
    </PeerContext>
  );
}

/** Kept in the browser, so that the next page comes in the right look before the peer has answered. */
const LOOK_KEY = 'coequal.look';

interface Look {
  readonly language: string;
  readonly theme: string;
}

function Speaking() {
  const { data } = useAnswer(['settings'], 'showSettings', {});
  const look = useLook(data?.values);
  useTheme(look.theme);
  const words = useLoadedWords(chooseLanguage(look.language, navigator.languages));
  if (words === 'none') return <NoWords />;
  if (words === undefined) return null;
  return (
    <WordsContext value={words}>
      <I18nProvider locale={ARIA_LOCALES[words.language]}>
        <Toasts>
          <Loaded>
            <Gate />
          </Loaded>
        </Toasts>
      </I18nProvider>
    </WordsContext>
  );
}

/** Those whose words of React Aria are in the build. */
const ARIA_LOCALES: Readonly<Record<Language, string>> = { en: 'en-US', de: 'de-DE', ar: 'ar-AE' };

function useLook(told: Look | undefined): Look {
  const [stored] = useState(readLook);
  const language = told?.language ?? stored.language;
  const theme = told?.theme ?? stored.theme;
  useEffect(() => {
    if (told !== undefined) localStorage.setItem(LOOK_KEY, `${language} ${theme}`);
  }, [told, language, theme]);
  return { language, theme };
}

function readLook(): Look {
  const [language = 'system', theme = 'system'] = (localStorage.getItem(LOOK_KEY) ?? '').split(' ');
  return { language: language === '' ? 'system' : language, theme };
}

function useTheme(theme: string): void {
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const apply = (): void => {
      const isDark = theme === 'dark' || (theme !== 'light' && system.matches);
      document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
    };
    apply();
    system.addEventListener('change', apply);
    return () => system.removeEventListener('change', apply);
  }, [theme]);
}

/** `none` when they cannot be fetched; those of before go on being used. */
function useLoadedWords(language: Language): Words | 'none' | undefined {
  const [words, setWords] = useState<Words | 'none'>();
  useEffect(() => {
    let isWanted = true;
    const take = (catalog: Catalog): void => {
      if (!isWanted) return;
      document.documentElement.lang = language;
      document.documentElement.dir = directionOf(language);
      setWords(new Words(language, catalog, localeOf(language, navigator.languages)));
    };
    loadCatalog(language).then(take, () => setWords((before = 'none') => before));
    return () => {
      isWanted = false;
    };
  }, [language]);
  return words;
}

function Gate() {
  const connection = useConnection();
  const { isSetUp, error } = useSetUp();
  if (connection.type === 'signed-out') return <SignedOut />;
  if (isSetUp === undefined) return error === null ? null : <NoAnswer />;
  return (
    <NavigationProvider>
      <PeopleActionsProvider>
        <ActionsProvider>
          {isSetUp ? (
            <DropTarget>
              <Frame />
            </DropTarget>
          ) : (
            <FirstRun />
          )}
        </ActionsProvider>
      </PeopleActionsProvider>
    </NavigationProvider>
  );
}

/** Of the status, which is another each second, this alone: else the whole page would be drawn as often. */
function useSetUp(): { isSetUp: boolean | undefined; error: unknown } {
  const { client } = usePeer();
  const { data, error } = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => client.call('showStatus', {}, signal),
    select: ({ isSetUp }) => isSetUp,
  });
  return { isSetUp: data, error };
}
