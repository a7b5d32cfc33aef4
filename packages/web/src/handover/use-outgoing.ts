/** What is on its way from this browser, for components. */
import { useSyncExternalStore } from 'react';
import { usePeopleActions } from '../shell/people-actions.tsx';
import type { Going } from './outgoing.ts';

export function useOutgoing(): readonly Going[] {
  const { outgoing } = usePeopleActions();
  return useSyncExternalStore(outgoing.subscribe, outgoing.read);
}
