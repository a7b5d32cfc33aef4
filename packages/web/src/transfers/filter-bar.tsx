/** The search box and the filters: by state, category and tag; and the order, where no heads of columns are. */
import { memo, useCallback, useMemo } from 'react';
import type { Dispatch, SetStateAction } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { SEARCH_FIELD_ID } from '../shell/shortcuts.ts';
import { SearchField, Select } from '../ui/fields.tsx';
import type { Option } from '../ui/fields.tsx';
import { SORT_KEYS, STATE_GROUPS } from './transfer-filter.ts';
import type { Facets, Filter, Sorting, SortKey, StateGroup } from './transfer-filter.ts';

export interface FilterBarProps {
  readonly filter: Filter;
  readonly onFilter: Dispatch<SetStateAction<Filter>>;
  readonly sorting: Sorting;
  readonly onSorting: (sorting: Sorting) => void;
  readonly facets: Facets;
}

/** Not a name: names are not empty, and this begins with a space. */
const ANY = ' any';

/** What only counts anew once a second draws its numbers again, and no field. */
export const FilterBar = memo(function FilterBar(props: FilterBarProps) {
  const { filter, onFilter, sorting, onSorting, facets } = props;
  const { t } = useWords();
  const change = useCallback<Change>(
    (changes) => onFilter((before) => ({ ...before, ...changes })),
    [onFilter],
  );
  return (
    <div className="filters" role="search" aria-label={t('filter.label')}>
      <Search text={filter.text} onChange={change} />
      <div className="filter-selects">
        <Categories names={facets.categories} value={filter.category} onChange={change} />
        {facets.tags.length > 0 && (
          <Tags names={facets.tags} value={filter.tag} onChange={change} />
        )}
        <SortSelect sorting={sorting} onSorting={onSorting} />
      </div>
      <div className="chips" role="group" aria-label={t('filter.state')}>
        {STATE_GROUPS.map((group) => (
          <Chip
            key={group}
            group={group}
            count={facets.groups[group]}
            isChosen={filter.group === group}
            onChange={change}
          />
        ))}
      </div>
    </div>
  );
});

type Change = (changes: Partial<Filter>) => void;

const Search = memo(function Search(props: { readonly text: string; readonly onChange: Change }) {
  const { t } = useWords();
  return (
    <SearchField
      id={SEARCH_FIELD_ID}
      label={t('filter.search')}
      value={props.text}
      onChange={(text) => props.onChange({ text })}
    />
  );
});

const Chip = memo(function Chip(props: {
  readonly group: StateGroup;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onChange: Change;
}) {
  const { group, count, isChosen, onChange } = props;
  const { t, format } = useWords();
  return (
    <button
      type="button"
      className="chip"
      aria-pressed={isChosen}
      onClick={() => onChange({ group })}
    >
      <span>{t(`group.${group}`)}</span>
      <span className="chip-count">{format.number(count)}</span>
    </button>
  );
});

interface LabelsProps {
  readonly names: readonly string[];
  readonly value: string | undefined;
  readonly onChange: Change;
}

const Categories = memo(function Categories({ names, value, onChange }: LabelsProps) {
  const { t } = useWords();
  const options = useMemo<Option<string>[]>(
    () => [
      { id: ANY, label: t('filter.any-category') },
      { id: '', label: t('filter.no-category') },
      ...names.map(asOption),
    ],
    [t, names],
  );
  return (
    <Select
      label={t('filter.category')}
      isLabelHidden
      options={options}
      value={value ?? ANY}
      onChange={(id) => onChange({ category: id === ANY ? undefined : id })}
    />
  );
});

const Tags = memo(function Tags({ names, value, onChange }: LabelsProps) {
  const { t } = useWords();
  const options = useMemo<Option<string>[]>(
    () => [{ id: ANY, label: t('filter.any-tag') }, ...names.map(asOption)],
    [t, names],
  );
  return (
    <Select
      label={t('filter.tag')}
      isLabelHidden
      options={options}
      value={value ?? ANY}
      onChange={(id) => onChange({ tag: id === ANY ? undefined : id })}
    />
  );
});

function asOption(name: string): Option<string> {
  return { id: name, label: name };
}

const SortSelect = memo(function SortSelect(props: {
  readonly sorting: Sorting;
  readonly onSorting: (sorting: Sorting) => void;
}) {
  const { t } = useWords();
  const { sorting, onSorting } = props;
  return (
    <Select<SortKey>
      label={t('sort.label')}
      isLabelHidden
      className="sort-select"
      options={SORT_KEYS.map((key) => ({
        id: key,
        label: t('sort.by', { key: t(`sort.${key}`) }),
      }))}
      value={sorting.key}
      onChange={(key) => onSorting({ key, isDescending: key !== 'name' && key !== 'queue' })}
    />
  );
});
