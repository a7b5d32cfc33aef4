/** Files of a torrent as a tree; with many files only the rows in sight exist. */
import { useVirtualizer } from '@tanstack/react-virtual';
import type { ReactNode } from 'react';
import { useMemo, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';
import { treeRows } from './file-tree-rows.ts';
import type { TreeFile, TreeRow } from './file-tree-rows.ts';
import { Icon } from './icon.tsx';

/** As in controls.css. */
const ROW_HEIGHT = 48;
/** One step to the right a folder. */
const INDENT_REM = 1.1;

export interface FileTreeProps {
  readonly label: string;
  readonly files: readonly TreeFile[];
  /** Before the name, such as a check box. */
  readonly before?: (row: TreeRow) => ReactNode;
  /** After the size, such as a priority. */
  readonly after?: (row: TreeRow) => ReactNode;
  readonly below?: (row: TreeRow) => ReactNode;
  /** It is told below the name. */
  readonly isSizeHidden?: boolean;
}

export function FileTree({
  label,
  files,
  before,
  after,
  below,
  isSizeHidden = false,
}: FileTreeProps) {
  const { t, format } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => treeRows(files, closed), [files, closed]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const turn = (path: string): void => {
    const next = new Set(closed);
    if (!next.delete(path)) next.add(path);
    setClosed(next);
  };
  return (
    <div className="tree" ref={scroller} role="group" aria-label={label} tabIndex={0}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <li
              key={`${row.type} ${row.path}`}
              className="tree-row"
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              style={{
                transform: `translateY(${start}px)`,
                paddingInlineStart: `${row.depth * INDENT_REM}rem`,
              }}
            >
              {row.type === 'folder' ? (
                <AriaButton
                  className="tree-turn"
                  aria-expanded={row.isOpen}
                  aria-label={t('files.turn', { name: row.name })}
                  onPress={() => turn(row.path)}
                >
                  <Icon name={row.isOpen ? 'expand' : 'chevron'} size={16} />
                </AriaButton>
              ) : (
                <span className="tree-turn" />
              )}
              {before?.(row)}
              <Icon name={row.type} size={18} />
              <span className="tree-name">
                <span dir="auto">{row.name}</span>
                {below?.(row)}
              </span>
              {!isSizeHidden && <span className="number muted">{format.bytes(row.length)}</span>}
              {after?.(row)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
