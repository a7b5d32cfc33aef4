/** What could be taken over: each with its place and what stands in the way, to choose from. */
import { IMPORT_PROGRAM_NAMES } from '@coequal/contract';
import type { ImportItem, ImportPlan } from '@coequal/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Button } from '../ui/controls.tsx';
import { Checkbox } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Empty } from '../ui/parts.tsx';

/** One without problems; the others are measured once they are in sight. */
const ROW_HEIGHT = 84;

export interface PlanCardProps {
  readonly plan: ImportPlan;
  readonly onTake: (keys: readonly string[]) => void;
  readonly onBack: () => void;
}

export function PlanCard({ plan, onTake, onBack }: PlanCardProps) {
  const { t, tell, hint } = useWords();
  const program = IMPORT_PROGRAM_NAMES[plan.program];
  const ready = plan.items.filter(({ verdict }) => verdict === 'ready').map(({ key }) => key);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(ready));
  const turn = (key: string, isOn: boolean): void => {
    const next = new Set(chosen);
    if (isOn) next.add(key);
    else next.delete(key);
    setChosen(next);
  };
  const isAll = ready.every((key) => chosen.has(key));
  return (
    <section className="card form" aria-labelledby="import-list">
      <h2 id="import-list">{t('import.list', { program })}</h2>
      <p className="code muted" dir="ltr">
        {plan.directory}
      </p>
      {plan.problems.map((problem) => (
        <div key={problem.code} className="import-problem">
          <Icon name="warn" size={18} />
          <p>
            {tell(problem)} <span className="muted">{hint(problem)}</span>
          </p>
        </div>
      ))}
      {plan.items.length === 0 ? (
        <Empty icon="transfers" title={t('import.empty')}>
          <p>{t('import.empty-text')}</p>
        </Empty>
      ) : (
        <>
          <Checkbox
            isOn={ready.length > 0 && isAll}
            isMixed={!isAll && chosen.size > 0}
            isDisabled={ready.length === 0}
            onChange={(isOn) => setChosen(new Set(isOn ? ready : []))}
          >
            {t('import.all')}
          </Checkbox>
          <Items plan={plan} chosen={chosen} onTurn={turn} />
          <p className="notice">{t('import.close-first', { program })}</p>
        </>
      )}
      <div className="form-foot">
        <Button onPress={onBack}>{t('import.back')}</Button>
        <Button kind="primary" isDisabled={chosen.size === 0} onPress={() => onTake([...chosen])}>
          {t('import.do', { count: chosen.size })}
        </Button>
      </div>
    </section>
  );
}

function Items(props: {
  readonly plan: ImportPlan;
  readonly chosen: ReadonlySet<string>;
  readonly onTurn: (key: string, isOn: boolean) => void;
}) {
  const { t } = useWords();
  const { items, program } = props.plan;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const label = t('import.list', { program: IMPORT_PROGRAM_NAMES[program] });
  return (
    <div className="import-items" ref={scroller} role="group" aria-label={label} tabIndex={0}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={index}
              data-verdict={item.verdict}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Checkbox
                isOn={props.chosen.has(item.key)}
                isDisabled={item.verdict === 'blocked'}
                label={t('import.choose', { name: item.name })}
                onChange={(isOn) => props.onTurn(item.key, isOn)}
              />
              <Item item={item} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Item({ item }: { readonly item: ImportItem }) {
  const { t, tell, hint, format } = useWords();
  const { name, size, claimed, directory, category, tags, isPaused, isPrivate, problems } = item;
  const amount =
    size === 0
      ? t('import.magnet')
      : claimed === size
        ? t('import.whole', { size: format.bytes(size) })
        : t('import.part', { have: format.bytes(claimed), size: format.bytes(size) });
  const labels = [...(category === undefined ? [] : [category]), ...tags];
  const states = [
    ...(isPaused ? [t('import.paused')] : []),
    ...(isPrivate ? [t('import.private')] : []),
  ];
  return (
    <div>
      <p className="line-name" dir="auto">
        {name}
      </p>
      <p className="muted number">{[amount, ...states].join(' · ')}</p>
      {directory !== undefined && (
        <p className="code muted" dir="ltr">
          {directory}
        </p>
      )}
      {labels.length > 0 && (
        <p className="import-labels">
          {labels.map((label) => (
            <span key={label} className="badge" dir="auto">
              {label}
            </span>
          ))}
        </p>
      )}
      {problems.map((problem) => (
        <p key={problem.code} className="import-why">
          <Icon name={item.verdict === 'ready' ? 'info' : 'warn'} size={16} />{' '}
          <span>
            {tell(problem)} <span className="muted">{hint(problem)}</span>
          </span>
        </p>
      ))}
    </div>
  );
}
