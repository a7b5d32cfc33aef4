/** Looks for what is wrong, and says what to do about it. */
import type { DoctorReport } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import type { IconName } from '../ui/icon.tsx';
import { Answered, Screen } from '../ui/parts.tsx';

type Check = DoctorReport['checks'][number];
const ORDER: readonly Check['verdict'][] = ['bad', 'odd', 'unknown', 'good'];
const ICONS: Readonly<Record<Check['verdict'], IconName>> = {
  good: 'check',
  odd: 'info',
  bad: 'warn',
  unknown: 'help',
};

export function Doctor() {
  const { t } = useWords();
  const answer = useAnswer(['doctor'], 'examine', {});
  return (
    <Screen
      title={t('doctor.title')}
      lead={t('doctor.lead')}
      actions={
        <Button icon="reset" isDisabled={answer.isFetching} onPress={() => void answer.refetch()}>
          {t(answer.isFetching ? 'doctor.looking' : 'doctor.again')}
        </Button>
      }
    >
      <Answered answer={answer}>{({ checks }) => <Findings checks={checks} />}</Answered>
    </Screen>
  );
}

function Findings({ checks }: { readonly checks: readonly Check[] }) {
  const { t, tell, hint } = useWords();
  const sorted = checks.toSorted(
    (one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict),
  );
  const wrong = checks.filter(({ verdict }) => verdict === 'odd' || verdict === 'bad').length;
  return (
    <>
      <p role="status" className="doctor-sum">
        {wrong === 0 ? t('doctor.all-good') : t('doctor.found', { count: wrong })}
      </p>
      <ul className="checks-list">
        {sorted.map(({ name, verdict, finding }) => (
          <li key={name} className="card check" data-verdict={verdict}>
            <span className="check-icon">
              <Icon name={ICONS[verdict]} />
            </span>
            <div>
              <p className="check-verdict">{t(`verdict.${verdict}`)}</p>
              <h2 dir="auto">{tell(finding)}</h2>
              {hint(finding) !== undefined && <p dir="auto">{hint(finding)}</p>}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
