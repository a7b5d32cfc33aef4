/** The first run in three steps. Until the last is answered, the peer sends nothing and nobody can reach it. */
import type { ReactNode } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { Source } from '../add/sources.ts';
import { SourceInput } from '../add/source-input.tsx';
import { DemoOffer } from '../demo/demo-offer.tsx';
import { useWords } from '../i18n/words-context.tsx';
import { ImportFirst } from '../import/import-first.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { useActions } from '../shell/actions.tsx';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { useNavigation } from '../shell/navigation.tsx';
import { Button } from '../ui/controls.tsx';
import { Checkbox } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Icon, Logo } from '../ui/icon.tsx';
import { Points } from '../ui/points.tsx';
import type { Point } from '../ui/points.tsx';
import { useTry } from '../ui/toasts.tsx';

const STEPS = ['what', 'where', 'begin'] as const;
type Step = (typeof STEPS)[number];

export function FirstRun() {
  const { t } = useWords();
  const [step, setStep] = useState<Step>('what');
  const [folder, setFolder] = useState<string>();
  const [hasConsented, setHasConsented] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${t(`first.${step}-title`)} · Coequal`;
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [step, t]);
  return (
    <main className="first">
      <header className="first-head">
        <Logo size={44} />
        <ol className="steps" aria-label={t('first.steps')}>
          {STEPS.map((name) => (
            <li key={name} aria-current={name === step ? 'step' : undefined}>
              {t(`first.step-${name}`)}
            </li>
          ))}
        </ol>
      </header>
      <h1 ref={heading} tabIndex={-1}>
        {t(`first.${step}-title`)}
      </h1>
      {step === 'what' && (
        <What
          hasConsented={hasConsented}
          onConsent={setHasConsented}
          onNext={() => setStep('where')}
        />
      )}
      {step === 'where' && (
        <Where
          folder={folder}
          onFolder={setFolder}
          onBack={() => setStep('what')}
          onNext={() => setStep('begin')}
        />
      )}
      {step === 'begin' && <Begin folder={folder} onBack={() => setStep('where')} />}
    </main>
  );
}

const POINTS: readonly Point[] = [
  ['transfers', 'first.what-equal'],
  ['share', 'first.what-pass-on'],
  ['eye', 'first.what-seen'],
  ['lock', 'first.what-nothing'],
];

function What(props: {
  readonly hasConsented: boolean;
  readonly onConsent: (hasConsented: boolean) => void;
  readonly onNext: () => void;
}) {
  const { t } = useWords();
  return (
    <>
      <p className="lead">{t('first.what-lead')}</p>
      <Points points={POINTS} heading="h2" />
      <div className="card">
        <DemoOffer />
      </div>
      <div className="consent">
        <Checkbox isOn={props.hasConsented} onChange={props.onConsent}>
          {t('first.consent')}
        </Checkbox>
      </div>
      <Feet>
        <Button kind="primary" isDisabled={!props.hasConsented} onPress={props.onNext}>
          {t('first.next')}
        </Button>
      </Feet>
    </>
  );
}

function Where(props: {
  readonly folder: string | undefined;
  readonly onFolder: (folder: string) => void;
  readonly onBack: () => void;
  readonly onNext: () => void;
}) {
  const { t } = useWords();
  const { data } = useAnswer(['settings'], 'showSettings', {});
  const isLocked = !['default', 'page'].includes(data?.origins['downloadDirectory'] ?? 'default');
  return (
    <>
      <p className="lead">{t('first.where-lead')}</p>
      <FolderField
        label={t('setting.downloadDirectory')}
        value={props.folder ?? data?.values.downloadDirectory ?? ''}
        onChange={props.onFolder}
        isDisabled={isLocked}
        description={t(isLocked ? 'first.where-locked' : 'first.where-text')}
      />
      <Feet>
        <Button onPress={props.onBack}>{t('first.back')}</Button>
        <Button kind="primary" onPress={props.onNext}>
          {t('first.next')}
        </Button>
      </Feet>
    </>
  );
}

function Begin(props: { readonly folder: string | undefined; readonly onBack: () => void }) {
  const { t } = useWords();
  const { add } = useActions();
  const { go } = useNavigation();
  const { accept } = usePeopleActions();
  const begin = useBegin(props.folder);
  const fetchFirst = async (sources: readonly Source[]): Promise<void> => {
    if (await begin()) add(sources);
  };
  const acceptFirst = async (text: string): Promise<void> => {
    if (await begin()) accept(text);
  };
  const shareFirst = async (): Promise<void> => {
    if (await begin()) go({ screen: 'share' });
  };
  return (
    <>
      <p className="lead">{t('first.begin-lead')}</p>
      <section className="card choice" aria-labelledby="first-get">
        <h2 id="first-get">
          <Icon name="down" /> {t('home.get')}
        </h2>
        <p className="muted">{t('first.begin-get')}</p>
        <SourceInput
          onTake={(sources) => void fetchFirst(sources)}
          onInvitation={(text) => void acceptFirst(text)}
          isCompact
        />
      </section>
      <section className="card choice" aria-labelledby="first-share">
        <h2 id="first-share">
          <Icon name="share" /> {t('home.share')}
        </h2>
        <p className="muted">{t('first.begin-share')}</p>
        <Button icon="share" onPress={() => void shareFirst()}>
          {t('first.share')}
        </Button>
      </section>
      <ImportFirst begin={begin} />
      <Feet>
        <Button onPress={props.onBack}>{t('first.back')}</Button>
        <Button kind="primary" onPress={() => void begin()}>
          {t('first.look')}
        </Button>
      </Feet>
    </>
  );
}

/** Tells the peer that the person knows and agrees; from then on it may reach others. */
function useBegin(folder: string | undefined): () => Promise<boolean> {
  const { client, queries } = usePeer();
  const attempt = useTry();
  return () =>
    attempt(async () => {
      const body = {
        hasConsented: true as const,
        ...(folder !== undefined && folder !== '' && { downloadDirectory: folder }),
      };
      queries.setQueryData(['status'], await client.call('setUp', { body }));
      await queries.invalidateQueries({ queryKey: ['settings'] });
    });
}

function Feet({ children }: { readonly children: ReactNode }) {
  return <footer className="first-foot">{children}</footer>;
}
