/** The whole page takes what is dropped or pasted: .torrent files, magnet links, addresses. */
import type { DragEvent, ReactNode } from 'react';
import { useEffect, useRef, useState } from 'react';
import { linksIn, readTorrentFiles } from '../add/sources.ts';
import type { Source } from '../add/sources.ts';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from '../ui/icon.tsx';
import { useNotify } from '../ui/toasts.tsx';
import { useActions } from './actions.tsx';

/** Files and text as sources, and a word about what is neither. */
function useTake(): (files: readonly File[], text: string) => Promise<void> {
  const { add } = useActions();
  const { t } = useWords();
  const notify = useNotify();
  return async (files, text) => {
    const { sources, refused } = await readTorrentFiles(files);
    const links: Source[] = linksIn(text).map((link) => ({ type: 'link', link }));
    const all = [...sources, ...links];
    if (all.length > 0) add(all);
    else if (refused.length > 0)
      notify({
        title: t('drop.refused', { name: refused[0] ?? '' }),
        hint: t('drop.refused-hint'),
      });
    else notify({ title: t('drop.nothing'), hint: t('drop.nothing-hint') });
  };
}

export function DropTarget({ children }: { readonly children: ReactNode }) {
  const { t } = useWords();
  const take = useTake();
  const [isOver, setIsOver] = useState(false);
  usePaste(take);
  const carries = ({ dataTransfer }: DragEvent): boolean =>
    dataTransfer.types.some((type) => ['Files', 'text/uri-list', 'text/plain'].includes(type));
  return (
    <div
      className="drop-root"
      onDragOver={(event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={(event) => {
        if (event.relatedTarget === null) setIsOver(false);
      }}
      onDrop={(event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setIsOver(false);
        const { files } = event.dataTransfer;
        const text =
          event.dataTransfer.getData('text/uri-list') || event.dataTransfer.getData('text/plain');
        void take([...files], text);
      }}
    >
      {children}
      {isOver && (
        <div className="drop-over" aria-hidden="true">
          <div>
            <Icon name="down" size={40} />
            <p>{t('drop.here')}</p>
          </div>
        </div>
      )}
    </div>
  );
}

/** Pasting into a field is the field's. */
function usePaste(take: (files: readonly File[], text: string) => Promise<void>): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  }, [take]);
  useEffect(() => {
    const listen = (event: ClipboardEvent): void => {
      const isField = event.target instanceof Element && event.target.closest('input, textarea');
      if (isField || event.clipboardData === null) return;
      const { files } = event.clipboardData;
      const text = event.clipboardData.getData('text/plain');
      if (files.length === 0 && linksIn(text).length === 0) return;
      event.preventDefault();
      void latest.current([...files], text);
    };
    document.addEventListener('paste', listen);
    return () => document.removeEventListener('paste', listen);
  }, []);
}
