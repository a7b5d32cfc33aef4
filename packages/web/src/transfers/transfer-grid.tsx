/** The list itself: ten thousand rows of which those in sight exist, one stop for Tab, arrows inside. */
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Virtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, RefObject } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from '../ui/icon.tsx';
import { rowsInOrder, rowWindow } from './row-slots.ts';
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
  /** Ids, in order. */
  readonly shown: readonly string[];
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
  const { shown, selection, isPhone, openId, sorting, onSort, onSelect } = props;
  const { t } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = isPhone ? PHONE_ROW_HEIGHT : ROW_HEIGHT;
  const { rows, positions, height } = useRows(
    scroller,
    shown.length,
    rowHeight,
    isPhone ? 0 : HEAD_HEIGHT,
  );
  useFollow(rows, shown, selection.active);
  const isActiveThere = positions.some((position) => shown[position] === selection.active);
  return (
    <div
      ref={scroller}
      className={props.isChoosing ? 'grid is-choosing' : 'grid'}
      role="grid"
      tabIndex={0}
      aria-label={t('transfers.title')}
      aria-multiselectable="true"
      aria-rowcount={shown.length + 1}
      {...(isActiveThere &&
        selection.active !== undefined && { 'aria-activedescendant': rowId(selection.active) })}
      onClick={(event) => click(event, props)}
      onKeyDown={(event) => press(event, props, pageOf(scroller.current, rowHeight))}
    >
      <Head
        {...{ sorting, isPhone, onSort, onSelect }}
        isAnyChosen={selection.chosen.size > 0}
        areAllChosen={selection.chosen.size > 0 && selection.chosen.size === shown.length}
      />
      <div role="rowgroup" className="rows" style={{ height }}>
        {positions.map((position) => {
          const id = shown[position];
          return (
            id !== undefined && (
              <TransferRow
                key={position % positions.length}
                id={id}
                position={position}
                top={position * rowHeight}
                isChosen={selection.chosen.has(id)}
                isActive={selection.active === id}
                isOpen={openId === id}
                isPhone={isPhone}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/** While one scrolls the rows' elements stay in their order, whatever they show; at rest they stand as one reads. */
function useRows(
  scroller: RefObject<HTMLDivElement | null>,
  count: number,
  rowHeight: number,
  headHeight: number,
) {
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    // the same function as long as it answers the same: with another, ten thousand places are worked out anew
    estimateSize: useCallback(() => rowHeight, [rowHeight]),
    overscan: 0,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);
  const start = rows.getVirtualItems()[0]?.index ?? 0;
  const inSight = rows.scrollRect?.height ?? 0;
  const rowsThere = rowWindow(start, inSight, rowHeight, OVERSCAN, count);
  const [turn, setTurn] = useState(0);
  if (!rows.isScrolling && turn !== rowsThere.first) setTurn(rowsThere.first);
  return { rows, positions: rowsInOrder(rowsThere, turn), height: count * rowHeight };
}

/** The keyboard's row is in sight whenever it becomes another. */
function useFollow(
  rows: Virtualizer<HTMLDivElement, Element>,
  shown: readonly string[],
  active: string | undefined,
): void {
  const latest = useRef(shown);
  useEffect(() => {
    latest.current = shown;
  }, [shown]);
  useEffect(() => {
    if (active === undefined) return;
    const position = latest.current.indexOf(active);
    if (position >= 0) rows.scrollToIndex(position);
  }, [rows, active]);
}

function pageOf(scroller: HTMLElement | null, rowHeight: number): number {
  return Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / rowHeight) - 2);
}

/** One listener for all rows: they come and go while one scrolls. */
function click(
  event: MouseEvent<HTMLElement>,
  { onSelect, onOpen, isChoosing, isPhone }: GridProps,
): void {
  if (!(event.target instanceof Element)) return;
  const id = event.target.closest<HTMLElement>('[data-id]')?.dataset['id'];
  if (id === undefined) return;
  const isBox = event.target.closest('.cell-check') !== null;
  // the box of a row that scrolls away is soon another's: keys are for the list, and its row
  if (isBox) event.currentTarget.focus({ preventScroll: true });
  if (event.shiftKey) onSelect({ type: 'extend', id });
  else if (isBox || isChoosing || event.ctrlKey || event.metaKey) onSelect({ type: 'toggle', id });
  else {
    if (!isPhone) onSelect({ type: 'choose', id });
    onOpen(id);
  }
}

function press(event: KeyboardEvent, props: GridProps, page: number): void {
  if (event.target !== event.currentTarget) return;
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

type HeadProps = Pick<GridProps, 'sorting' | 'onSort' | 'onSelect' | 'isPhone'> & {
  readonly isAnyChosen: boolean;
  readonly areAllChosen: boolean;
};

const Head = memo(function Head(props: HeadProps) {
  const { sorting, onSort, onSelect, isPhone, isAnyChosen, areAllChosen } = props;
  const { t } = useWords();
  return (
    <div role="row" className={isPhone ? 'offscreen' : 'row head'} aria-rowindex={1}>
      <span role="columnheader" className="cell-check">
        <input
          type="checkbox"
          className="native-check"
          checked={areAllChosen}
          tabIndex={isPhone ? -1 : 0}
          aria-label={t('transfers.choose-all')}
          ref={(box) => {
            if (box !== null) box.indeterminate = isAnyChosen && !areAllChosen;
          }}
          onChange={() => onSelect({ type: areAllChosen ? 'none' : 'all' })}
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
});
