/** The search box and the filters: by state, category and tag; and the order, where no heads of columns are. */
import { Button as AriaButton } from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';
import { SEARCH_FIELD_ID } from '../shell/shortcuts.ts';
import { SearchField, Select } from '../ui/fields.tsx';
import type { Option } from '../ui/fields.tsx';
import { SORT_KEYS, STATE_GROUPS } from './transfer-filter.ts';
import type { Facets, Filter, Sorting, SortKey } from './transfer-filter.ts';

export interface FilterBarProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly sorting: Sorting;
  readonly onSorting: (sorting: Sorting) => void;
  readonly facets: Facets;
}

/** Not a name: names are not empty, and this begins with a space. */
const ANY = ' any';

export function FilterBar({ filter, onFilter, sorting, onSorting, facets }: FilterBarProps) {
  const { t, format } = useWords();
  return (
    <div className="filters" role="search" aria-label={t('filter.label')}>
      <SearchField
        id={SEARCH_FIELD_ID}
        label={t('filter.search')}
        value={filter.text}
        onChange={(text) => onFilter({ ...filter, text })}
      />
      <div className="filter-selects">
        <Labels
          label={t('filter.category')}
          any={t('filter.any-category')}
          none={t('filter.no-category')}
          names={facets.categories}
          value={filter.category}
          onChange={(category) => onFilter({ ...filter, category })}
        />
        {facets.tags.length > 0 && (
          <Labels
            label={t('filter.tag')}
            any={t('filter.any-tag')}
            names={facets.tags}
            value={filter.tag}
            onChange={(tag) => onFilter({ ...filter, tag })}
          />
        )}
        <SortSelect sorting={sorting} onSorting={onSorting} />
      </div>
      <div className="chips" role="group" aria-label={t('filter.state')}>
        {STATE_GROUPS.map((group) => (
          <AriaButton
            key={group}
            className="chip"
            aria-pressed={filter.group === group}
            onPress={() => onFilter({ ...filter, group })}
          >
            <span>{t(`group.${group}`)}</span>
            <span className="chip-count">{format.number(facets.groups[group])}</span>
          </AriaButton>
        ))}
      </div>
    </div>
  );
}

function Labels(props: {
  readonly label: string;
  readonly any: string;
  readonly none?: string;
  readonly names: readonly string[];
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const { label, any, none, names, value, onChange } = props;
  const options: Option<string>[] = [
    { id: ANY, label: any },
    ...(none === undefined ? [] : [{ id: '', label: none }]),
    ...names.map((name) => ({ id: name, label: name })),
  ];
  return (
    <Select
      label={label}
      isLabelHidden
      options={options}
      value={value ?? ANY}
      onChange={(id) => onChange(id === ANY ? undefined : id)}
    />
  );
}

function SortSelect(props: {
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
}
