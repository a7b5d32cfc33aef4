/** Taking over transfers of other programs: where from, which of them, and what came of it. */
import { IMPORT_PROGRAM_NAMES } from '@coequal/contract';
import type { ImportPlace, ImportPlan, ImportReport, PlanImport } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { formatPlace } from '../shell/place.ts';
import { Button } from '../ui/controls.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, Screen } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';
import { PlanCard } from './plan-card.tsx';

type Step =
  | { readonly type: 'where' }
  | { readonly type: 'looking' }
  | { readonly type: 'which'; readonly plan: ImportPlan }
  | { readonly type: 'taking'; readonly plan: ImportPlan }
  | { readonly type: 'done'; readonly plan: ImportPlan; readonly report: ImportReport };

export function Import() {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [step, setStep] = useState<Step>({ type: 'where' });
  const look = async (body: PlanImport): Promise<void> => {
    setStep({ type: 'looking' });
    const isRead = await attempt(async () =>
      setStep({ type: 'which', plan: await client.call('planImport', { body }) }),
    );
    if (!isRead) setStep({ type: 'where' });
  };
  const take = async (plan: ImportPlan, keys: readonly string[]): Promise<void> => {
    setStep({ type: 'taking', plan });
    const { program, directory } = plan;
    const isTaken = await attempt(async () => {
      const body = { program, directory, keys: [...keys] };
      setStep({ type: 'done', plan, report: await client.call('runImport', { body }) });
    });
    if (!isTaken) setStep({ type: 'which', plan });
    await queries.invalidateQueries({ queryKey: ['categories'] });
  };
  const back = (): void => setStep({ type: 'where' });
  return (
    <Screen title={t('import.title')} lead={t('import.lead')} className="import">
      {step.type === 'where' && <Where onLook={(body) => void look(body)} />}
      {step.type === 'looking' && <Busy text={t('import.looking')} />}
      {step.type === 'taking' && <Busy text={t('import.doing')} />}
      {step.type === 'which' && (
        <PlanCard plan={step.plan} onTake={(keys) => void take(step.plan, keys)} onBack={back} />
      )}
      {step.type === 'done' && <Done plan={step.plan} report={step.report} onBack={back} />}
    </Screen>
  );
}

function Busy({ text }: { readonly text: string }) {
  return (
    <p className="waiting" role="status">
      {text}
    </p>
  );
}

function Where({ onLook }: { readonly onLook: (body: PlanImport) => void }) {
  const { t } = useWords();
  const answer = useAnswer(['imports'], 'findImports', {});
  const [directory, setDirectory] = useState('');
  return (
    <>
      <section className="card" aria-labelledby="import-where">
        <h2 id="import-where">{t('import.looking-around')}</h2>
        <Answered answer={answer}>
          {({ places }) => <Places places={places} onLook={onLook} />}
        </Answered>
      </section>
      <section className="card form" aria-labelledby="import-other">
        <h2 id="import-other">{t('import.other')}</h2>
        <FolderField
          label={t('import.other')}
          isLabelHidden
          description={t('import.other-text')}
          value={directory}
          onChange={setDirectory}
        />
        <div className="form-foot">
          <Button
            icon="search"
            isDisabled={directory.trim() === ''}
            onPress={() => onLook({ directory: directory.trim() })}
          >
            {t('import.look-there')}
          </Button>
        </div>
      </section>
    </>
  );
}

function Places(props: {
  readonly places: readonly ImportPlace[];
  readonly onLook: (body: PlanImport) => void;
}) {
  const { t } = useWords();
  if (props.places.length === 0)
    return (
      <Empty icon="search" title={t('import.none-found')}>
        <p>{t('import.none-found-text')}</p>
      </Empty>
    );
  return (
    <ul className="lines">
      {props.places.map(({ program, directory, count }) => {
        const name = IMPORT_PROGRAM_NAMES[program];
        return (
          <li key={`${program} ${directory}`}>
            <div>
              <p className="line-name">{t('import.place', { count, program: name })}</p>
              <p className="code muted" dir="ltr">
                {directory}
              </p>
            </div>
            <Button kind="primary" onPress={() => props.onLook({ program, directory })}>
              {t('import.look', { program: name })}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

function Done(props: {
  readonly plan: ImportPlan;
  readonly report: ImportReport;
  readonly onBack: () => void;
}) {
  const { t, tell } = useWords();
  const { added, refused } = props.report;
  const program = IMPORT_PROGRAM_NAMES[props.plan.program];
  return (
    <section className="card form" aria-live="polite">
      <p className={added.length > 0 ? 'making-state is-good' : 'making-state'}>
        <Icon name={added.length > 0 ? 'check' : 'info'} />{' '}
        {t('import.done', { count: added.length })}
      </p>
      {added.length > 0 && <p className="notice">{t('import.done-text', { program })}</p>}
      {refused.length > 0 && (
        <>
          <p>{t('import.refused', { count: refused.length })}</p>
          <ul className="lines">
            {refused.map(({ key, name, problem }) => (
              <li key={key}>
                <div>
                  <p className="line-name" dir="auto">
                    {name}
                  </p>
                  <p className="muted">{tell(problem)}</p>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
      <div className="form-foot">
        <Button onPress={props.onBack}>{t('import.back')}</Button>
        <a className="button primary" href={formatPlace({ screen: 'transfers' })}>
          <Icon name="transfers" size={18} />
          <span>{t('import.show')}</span>
        </a>
      </div>
    </section>
  );
}
