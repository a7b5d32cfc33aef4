/** The screen of all transfers: filters, the list, what is done with those chosen, and one in detail. */
import {
  lazy,
  memo,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useReducer,
  useState,
} from 'react';
import type { Dispatch, SetStateAction } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useTransfers } from '../peer/use-peer.ts';
import { useActions } from '../shell/actions.tsx';
import { useNavigation } from '../shell/navigation.tsx';
import { Button, IconButton } from '../ui/controls.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Empty, PHONE, useMedia } from '../ui/parts.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { FilterBar } from './filter-bar.tsx';
import { keepShown, NOTHING_CHOSEN, select } from './selection.ts';
import type { Selection, SelectionInput } from './selection.ts';
import { NEWEST_FIRST, NO_FILTER, TransferList } from './transfer-filter.ts';
import type { Filter, Sorting, SortKey } from './transfer-filter.ts';
import { TransferGrid } from './transfer-grid.tsx';

const Detail = lazy(async () => ({ default: (await import('../detail/detail.tsx')).Detail }));

/** Beside the list there is room for one in detail. */
const WIDE = '(min-width: 1180px)';

/** Names read from A on, all else from the most. */
function nextSorting({ key, isDescending }: Sorting, wanted: SortKey): Sorting {
  if (key === wanted) return { key, isDescending: !isDescending };
  return { key: wanted, isDescending: wanted !== 'name' && wanted !== 'queue' };
}

export const Transfers = memo(function Transfers() {
  const { t } = useWords();
  const { place, go } = useNavigation();
  const isWide = useMedia(WIDE);
  // kept here, so that it is as before when one comes back from the details
  const [filter, setFilter] = useState(NO_FILTER);
  const [sorting, setSorting] = useState(NEWEST_FIRST);
  useTitle(t('transfers.title'));
  const close = (): void => {
    go({ screen: 'transfers' });
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.grid')?.focus());
  };
  const detail = place.id !== undefined && (
    <Loaded>
      <Detail key={place.id} id={place.id} tab={place.tab ?? 'overview'} onClose={close} />
    </Loaded>
  );
  if (detail !== false && !isWide) return <div className="transfers is-alone">{detail}</div>;
  return (
    <div className={detail === false ? 'transfers' : 'transfers has-detail'}>
      <ListSide
        filter={filter}
        onFilter={setFilter}
        sorting={sorting}
        onSorting={setSorting}
        onClose={close}
      />
      {detail}
    </div>
  );
});

interface ListSideProps {
  readonly filter: Filter;
  readonly onFilter: Dispatch<SetStateAction<Filter>>;
  readonly sorting: Sorting;
  readonly onSorting: Dispatch<SetStateAction<Sorting>>;
  readonly onClose: () => void;
}

function ListSide({ filter, onFilter, sorting, onSorting, onClose }: ListSideProps) {
  const { t } = useWords();
  const { place, go } = useNavigation();
  const isPhone = useMedia(PHONE);
  const { shown, facets, isLoaded, total } = useShown(filter, sorting);
  const [selection, dispatch] = useSelection(shown);
  const [isChoosing, setIsChoosing] = useState(false);
  const { remove, removeWithData } = useActions();
  const sort = useCallback(
    (key: SortKey) => onSorting((before) => nextSorting(before, key)),
    [onSorting],
  );
  const removeChosen = (withData: boolean): void => {
    const ids = [...selection.chosen];
    if (ids.length === 0) return;
    if (withData) removeWithData(ids);
    else remove(ids);
  };
  const chooseNone = (): void => {
    dispatch({ type: 'none' });
    setIsChoosing(false);
  };
  const isAnyChosen = selection.chosen.size > (isPhone ? 0 : 1) || isChoosing;
  return (
    <section className="list-side" aria-label={t('transfers.title')}>
      <ListHead isPhone={isPhone} onChoosing={setIsChoosing} />
      <FilterBar {...{ filter, onFilter, sorting, onSorting, facets }} />
      {shown.length === 0 ? (
        <NothingShown isLoaded={isLoaded} total={total} onReset={() => onFilter(NO_FILTER)} />
      ) : (
        <TransferGrid
          {...{ selection, isPhone, isChoosing, sorting, shown }}
          openId={place.id}
          onSort={sort}
          onSelect={dispatch}
          onOpen={(id) => go({ screen: 'transfers', id, tab: place.tab ?? 'overview' })}
          onRemove={removeChosen}
          onEscape={() => (place.id === undefined ? chooseNone() : onClose())}
        />
      )}
      {isAnyChosen && (
        <BulkBar
          ids={[...selection.chosen]}
          onAll={() => dispatch({ type: 'all' })}
          onDone={chooseNone}
        />
      )}
    </section>
  );
}

const ListHead = memo(function ListHead(props: {
  readonly isPhone: boolean;
  readonly onChoosing: (isChoosing: boolean) => void;
}) {
  const { t } = useWords();
  return (
    <header className="list-head">
      <h1>{t('transfers.title')}</h1>
      {props.isPhone && (
        <IconButton
          icon="check_all"
          label={t('transfers.choose-some')}
          onPress={() => props.onChoosing(true)}
        />
      )}
    </header>
  );
});

function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Coequal`;
  }, [title]);
}

/** Typing and scrolling go first: the list follows as soon as it can. */
function useShown(filter: Filter, sorting: Sorting) {
  const { format } = useWords();
  const { byId, revision } = useDeferredValue(useTransfers());
  const list = useMemo(() => new TransferList(format.locale), [format]);
  const calmFilter = useDeferredValue(filter);
  const shown = useMemo(
    () => list.show(byId, calmFilter, sorting),
    [list, byId, calmFilter, sorting],
  );
  const facets = useMemo(() => list.facets(byId), [list, byId]);
  return { shown, facets, isLoaded: revision >= 0, total: byId.size };
}

function useSelection(order: readonly string[]): [Selection, (input: SelectionInput) => void] {
  const [selection, dispatch] = useReducer(
    (before: Selection, input: SelectionInput) => select(keepShown(before, order), input, order),
    NOTHING_CHOSEN,
  );
  return [useMemo(() => keepShown(selection, order), [selection, order]), dispatch];
}

function NothingShown(props: {
  readonly isLoaded: boolean;
  readonly total: number;
  readonly onReset: () => void;
}) {
  const { t } = useWords();
  const { add } = useActions();
  if (!props.isLoaded)
    return (
      <p className="waiting" role="status">
        {t('common.asking')}
      </p>
    );
  if (props.total > 0)
    return (
      <Empty icon="filter" title={t('transfers.none-match')}>
        <p>{t('transfers.none-match-text', { count: props.total })}</p>
        <Button onPress={props.onReset}>{t('transfers.show-all')}</Button>
      </Empty>
    );
  return (
    <Empty icon="transfers" title={t('transfers.none')}>
      <p>{t('transfers.none-text')}</p>
      <Button kind="primary" icon="add" onPress={() => add()}>
        {t('nav.add')}
      </Button>
    </Empty>
  );
}
