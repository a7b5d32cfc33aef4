/** The list itself: ten thousand rows of which those in sight exist, one stop for Tab, arrows inside. */
import type { Transfer } from '@coequal/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from '../ui/icon.tsx';
import type { Selection, SelectionInput } from './selection.ts';
import type { Sorting, SortKey } from './transfer-filter.ts';
import { rowId, TransferRow } from './transfer-row.tsx';

/** As in transfers.css. */
const ROW_HEIGHT = 60;
const PHONE_ROW_HEIGHT = 92;
const HEAD_HEIGHT = 36;
/** Rows beyond the edges that are ready when one scrolls. */
const OVERSCAN = 4;

export interface GridProps {
  readonly transfers: readonly Transfer[];
  readonly selection: Selection;
  readonly isPhone: boolean;
  /** Taps choose instead of open. */
  readonly isChoosing: boolean;
  readonly openId: string | undefined;
  readonly sorting: Sorting;
  readonly onSort: (key: SortKey) => void;
  readonly onSelect: (input: SelectionInput) => void;
  readonly onOpen: (id: string) => void;
  readonly onRemove: (withData: boolean) => void;
  readonly onEscape: () => void;
}

export function TransferGrid(props: GridProps) {
  const { transfers, selection, isPhone, openId } = props;
  const { t } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const headHeight = isPhone ? 0 : HEAD_HEIGHT;
  const rowHeight = isPhone ? PHONE_ROW_HEIGHT : ROW_HEIGHT;
  const rows = useVirtualizer({
    count: transfers.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    getItemKey: (position) => transfers[position]?.id ?? position,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);
  useFollow(rows, transfers, selection.active);
  const items = rows.getVirtualItems();
  const isActiveThere = items.some(({ index }) => transfers[index]?.id === selection.active);
  return (
    <div
      ref={scroller}
      className={props.isChoosing ? 'grid is-choosing' : 'grid'}
      role="grid"
      tabIndex={0}
      aria-label={t('transfers.title')}
      aria-multiselectable="true"
      aria-rowcount={transfers.length + 1}
      {...(isActiveThere &&
        selection.active !== undefined && { 'aria-activedescendant': rowId(selection.active) })}
      onClick={(event) => click(event, props)}
      onKeyDown={(event) => press(event, props, pageOf(scroller.current, rowHeight))}
    >
      <Head {...props} />
      <div role="rowgroup" className="rows" style={{ height: rows.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const transfer = transfers[index];
          return (
            transfer !== undefined && (
              <TransferRow
                key={transfer.id}
                transfer={transfer}
                position={index}
                top={start - headHeight}
                isChosen={selection.chosen.has(transfer.id)}
                isActive={selection.active === transfer.id}
                isOpen={openId === transfer.id}
                isPhone={isPhone}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/** The keyboard's row is in sight whenever it becomes another. */
function useFollow(
  rows: Virtualizer<HTMLDivElement, Element>,
  transfers: readonly Transfer[],
  active: string | undefined,
): void {
  const latest = useRef(transfers);
  useEffect(() => {
    latest.current = transfers;
  }, [transfers]);
  useEffect(() => {
    if (active === undefined) return;
    const position = latest.current.findIndex(({ id }) => id === active);
    if (position >= 0) rows.scrollToIndex(position);
  }, [rows, active]);
}

function pageOf(scroller: HTMLElement | null, rowHeight: number): number {
  return Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / rowHeight) - 2);
}

/** One listener for all rows: they come and go while one scrolls. */
function click(event: MouseEvent, { onSelect, onOpen, isChoosing, isPhone }: GridProps): void {
  if (!(event.target instanceof Element)) return;
  const id = event.target.closest<HTMLElement>('[data-id]')?.dataset['id'];
  if (id === undefined) return;
  const isBox = event.target.closest('.cell-check') !== null;
  if (event.shiftKey) onSelect({ type: 'extend', id });
  else if (isBox || isChoosing || event.ctrlKey || event.metaKey) onSelect({ type: 'toggle', id });
  else {
    if (!isPhone) onSelect({ type: 'choose', id });
    onOpen(id);
  }
}

function press(event: KeyboardEvent, props: GridProps, page: number): void {
  if (event.target !== event.currentTarget && !isRowBox(event)) return;
  const { selection, onSelect, onOpen, onRemove, onEscape } = props;
  const steps =
    STEPS[event.key] ?? (event.key === 'PageDown' ? page : event.key === 'PageUp' ? -page : 0);
  const isCommand = event.ctrlKey || event.metaKey;
  if (steps !== 0) {
    const how = event.shiftKey ? 'extend' : isCommand ? 'only-move' : 'choose';
    onSelect({ type: 'move', steps, how });
  } else if (event.key.toLowerCase() === 'a' && isCommand) onSelect({ type: 'all' });
  else if (event.key === ' ' && selection.active !== undefined)
    onSelect({ type: 'toggle', id: selection.active });
  else if (event.key === 'Enter' && selection.active !== undefined) onOpen(selection.active);
  else if (event.key === 'Delete') onRemove(event.shiftKey);
  else if (event.key === 'Escape') onEscape();
  else return;
  event.preventDefault();
}

/** A click on a row's check box leaves the focus there: keys go on, but for Space, which is the box's. */
function isRowBox({ target, key }: KeyboardEvent): boolean {
  return key !== ' ' && target instanceof Element && target.closest('[data-id]') !== null;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity,
};

const COLUMNS = [
  ['name', 'cell-name', 'sort.name'],
  ['progress', 'cell-progress', 'sort.progress'],
  ['size', 'cell-size', 'sort.size'],
  ['down', 'cell-down', 'sort.down'],
  ['up', 'cell-up', 'sort.up'],
  ['ratio', 'cell-ratio', 'sort.ratio'],
] as const;

function Head({ sorting, onSort, transfers, selection, onSelect, isPhone }: GridProps) {
  const { t } = useWords();
  const chosen = selection.chosen.size;
  const areAll = chosen > 0 && chosen === transfers.length;
  return (
    <div role="row" className={isPhone ? 'offscreen' : 'row head'} aria-rowindex={1}>
      <span role="columnheader" className="cell-check">
        <input
          type="checkbox"
          className="native-check"
          checked={areAll}
          tabIndex={isPhone ? -1 : 0}
          aria-label={t('transfers.choose-all')}
          ref={(box) => {
            if (box !== null) box.indeterminate = chosen > 0 && !areAll;
          }}
          onChange={() => onSelect({ type: areAll ? 'none' : 'all' })}
        />
      </span>
      {COLUMNS.map(([key, className, message]) => {
        const isSorted = sorting.key === key;
        const direction = sorting.isDescending ? 'descending' : 'ascending';
        return (
          <span
            key={key}
            role="columnheader"
            className={className}
            {...(isSorted && { 'aria-sort': direction })}
          >
            <button
              type="button"
              className="sort"
              tabIndex={isPhone ? -1 : 0}
              onClick={() => onSort(key)}
            >
              {t(message)}
              {isSorted && <Icon name={sorting.isDescending ? 'down' : 'up'} size={14} />}
            </button>
          </span>
        );
      })}
    </div>
  );
}
