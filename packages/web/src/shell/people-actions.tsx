/** What every screen may start with people: sending, inviting, accepting, and removing with undo. */
import { Client } from '@coequal/contract';
import type { DragEvent, ReactNode } from 'react';
import { createContext, lazy, use, useEffect, useMemo, useState } from 'react';
import { readDropped } from '../handover/dropped-files.ts';
import type { DroppedFile } from '../handover/dropped-files.ts';
import { Outgoing } from '../handover/outgoing.ts';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Loaded } from '../ui/loaded.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';

const SendSheet = lazy(async () => ({
  default: (await import('../handover/send-sheet.tsx')).SendSheet,
}));
const InviteSheet = lazy(async () => ({
  default: (await import('../people/invite-sheet.tsx')).InviteSheet,
}));
const AcceptSheet = lazy(async () => ({
  default: (await import('../people/accept-sheet.tsx')).AcceptSheet,
}));

const AddressSheet = lazy(async () => ({
  default: (await import('../people/address-sheet.tsx')).AddressSheet,
}));

/** As long as it can be undone: the peer itself knows no undo. */
const UNDO_MS = 8_000;

export interface SendWish {
  /** Of persons; nobody yet: the sheet asks. */
  readonly to: readonly string[];
  /** None: the sheet asks. */
  readonly files: readonly DroppedFile[];
}

interface DropHandlers {
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDrop: (event: DragEvent) => void;
}

export interface PeopleActions {
  readonly outgoing: Outgoing;
  readonly send: (wish: SendWish) => void;
  /** Of a name on which files are dropped. */
  readonly dropOn: (to: readonly string[]) => DropHandlers;
  readonly invite: () => void;
  /** Without text, the sheet asks for it. */
  readonly accept: (text?: string) => void;
  /** Asks for the line that says where a contact's computer is, and shows that of this one. */
  readonly findByAddress: () => void;
  readonly remove: (person: string, name: string) => void;
  readonly isRemoved: (person: string) => boolean;
}

const PeopleContext = createContext<PeopleActions | undefined>(undefined);

export function usePeopleActions(): PeopleActions {
  const actions = use(PeopleContext);
  if (actions === undefined) throw new Error('outside of PeopleActionsProvider');
  return actions;
}

export function PeopleActionsProvider({ children }: { readonly children: ReactNode }) {
  const { client } = usePeer();
  const [outgoing] = useState(() => new Outgoing(client));
  const [sending, setSending] = useState<SendWish>();
  const [isInviting, setIsInviting] = useState(false);
  const [accepting, setAccepting] = useState<string>();
  const [isByAddress, setIsByAddress] = useState(false);
  const [removed, remove] = useRemoval();
  const actions = useMemo<PeopleActions>(
    () => ({
      outgoing,
      send: setSending,
      dropOn: (to) => dropHandlers((files) => setSending({ to, files })),
      invite: () => setIsInviting(true),
      accept: (text = '') => setAccepting(text),
      findByAddress: () => setIsByAddress(true),
      remove,
      isRemoved: (person) => removed.has(person),
    }),
    [outgoing, removed, remove],
  );
  return (
    <PeopleContext value={actions}>
      {children}
      {sending !== undefined && (
        <Loaded onClose={() => setSending(undefined)}>
          <SendSheet wish={sending} onClose={() => setSending(undefined)} />
        </Loaded>
      )}
      {isInviting && (
        <Loaded onClose={() => setIsInviting(false)}>
          <InviteSheet onClose={() => setIsInviting(false)} />
        </Loaded>
      )}
      {accepting !== undefined && (
        <Loaded onClose={() => setAccepting(undefined)}>
          <AcceptSheet text={accepting} onClose={() => setAccepting(undefined)} />
        </Loaded>
      )}
      {isByAddress && (
        <Loaded onClose={() => setIsByAddress(false)}>
          <AddressSheet onClose={() => setIsByAddress(false)} />
        </Loaded>
      )}
    </PeopleContext>
  );
}

function dropHandlers(onFiles: (files: readonly DroppedFile[]) => void): DropHandlers {
  const carriesFiles = ({ dataTransfer }: DragEvent): boolean =>
    dataTransfer.types.includes('Files');
  return {
    onDragOver: (event) => {
      if (carriesFiles(event)) event.preventDefault();
    },
    onDrop: (event) => {
      if (!carriesFiles(event)) return;
      // the page around takes what is dropped elsewhere; it still hides what it showed meanwhile
      event.preventDefault();
      void readDropped(event.dataTransfer).then((files) => files.length > 0 && onFiles(files));
    },
  };
}

/** Gone from sight at once, and from the peer when it can no longer be undone, or when the page is closed. */
function useRemoval(): [ReadonlySet<string>, PeopleActions['remove']] {
  const { queries } = usePeer();
  const { t } = useWords();
  const notify = useNotify();
  const attempt = useTry();
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [pending] = useState(() => new Map<string, ReturnType<typeof setTimeout>>());
  useEffect(() => {
    const flush = (): void => {
      for (const [person, timer] of pending) {
        clearTimeout(timer);
        void removeNow(person);
      }
      pending.clear();
    };
    window.addEventListener('pagehide', flush);
    return () => window.removeEventListener('pagehide', flush);
  }, [pending]);
  const show = (person: string, isGone: boolean): void =>
    setRemoved((before) => {
      const after = new Set(before);
      if (isGone) after.add(person);
      else after.delete(person);
      return after;
    });
  const [remove] = useState(() => (person: string, name: string): void => {
    const end = async (): Promise<void> => {
      pending.delete(person);
      await attempt(async () => {
        await removeNow(person);
        await queries.invalidateQueries({ queryKey: ['contacts'] });
      });
      show(person, false);
    };
    show(person, true);
    pending.set(
      person,
      setTimeout(() => void end(), UNDO_MS),
    );
    const undo = (): void => {
      clearTimeout(pending.get(person));
      pending.delete(person);
      show(person, false);
    };
    notify(
      { title: t('person.removed', { name }), action: { label: t('common.undo'), run: undo } },
      UNDO_MS - 500,
    );
  });
  return [removed, remove];
}

/** Also while the page goes away. */
async function removeNow(person: string): Promise<void> {
  const fetch: typeof globalThis.fetch = (url, init) =>
    globalThis.fetch(url, { ...init, keepalive: true });
  await new Client({ base: '', fetch }).call('removeContact', { params: { person } });
}
