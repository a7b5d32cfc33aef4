/** Keys that work anywhere in the page. Single keys can be switched off (WCAG 2.1.4). */
import { useEffect, useRef } from 'react';
import { useAnswer } from '../peer/use-peer.ts';
import { useActions } from './actions.tsx';
import { useNavigation } from './navigation.tsx';

export const SEARCH_FIELD_ID = 'search-transfers';

export function useShortcuts(openHelp: () => void): void {
  const { add } = useActions();
  const { place, go } = useNavigation();
  const { data } = useAnswer(['settings'], 'showSettings', {});
  const isOn = data?.values.singleKeys ?? false;
  const run = (key: string): boolean => {
    if (key === 'n') add();
    else if (key === '?') openHelp();
    else if (key === '/') {
      if (place.screen !== 'transfers') go({ screen: 'transfers' });
      requestAnimationFrame(() => document.getElementById(SEARCH_FIELD_ID)?.focus());
    } else return false;
    return true;
  };
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role=dialog]') !== null) return;
      if (latest.current(event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [isOn]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type=checkbox]), textarea, [contenteditable]') !== null
  );
}
