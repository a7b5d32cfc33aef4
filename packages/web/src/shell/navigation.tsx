/** Where the page is, kept in the address after `#`, so that back and reload work and the peer serves one file. */
import type { ReactNode } from 'react';
import { createContext, use, useEffect, useState } from 'react';
import { formatPlace, parsePlace } from './place.ts';
import type { Place } from './place.ts';

interface Navigation {
  readonly place: Place;
  readonly go: (place: Place, how?: 'push' | 'replace') => void;
}

const NavigationContext = createContext<Navigation | undefined>(undefined);

export function NavigationProvider({ children }: { readonly children: ReactNode }) {
  const [place, setPlace] = useState(() => parsePlace(location.hash));
  useEffect(() => {
    const listen = (): void => setPlace(parsePlace(location.hash));
    window.addEventListener('hashchange', listen);
    return () => window.removeEventListener('hashchange', listen);
  }, []);
  const go: Navigation['go'] = (next, how = 'push') => {
    if (how === 'push') location.hash = formatPlace(next);
    else history.replaceState(null, '', formatPlace(next));
    setPlace(next);
  };
  return <NavigationContext value={{ place, go }}>{children}</NavigationContext>;
}

export function useNavigation(): Navigation {
  const navigation = use(NavigationContext);
  if (navigation === undefined) throw new Error('outside of NavigationProvider');
  return navigation;
}
