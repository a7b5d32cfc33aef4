/** A torrent that is being made, and what to do with it then. */
import type { Creation } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { formatPlace } from '../shell/place.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Bar, copyText } from '../ui/parts.tsx';
import { saveResponse } from '../ui/save.ts';
import { useNotify, useTry } from '../ui/toasts.tsx';

/** Events tell of it too; this is for when they are late. */
const MAKING_EVERY_MS = 1_000;

export interface MakingProps {
  readonly id: string;
  readonly path: string;
  readonly isShared: boolean;
  readonly onAgain: () => void;
  readonly onBack: () => void;
}

export function Making(props: MakingProps) {
  const answer = useAnswer(
    ['creation', props.id],
    'showCreation',
    { params: { id: props.id } },
    {
      everyMs: MAKING_EVERY_MS,
    },
  );
  return (
    <section className="card form" aria-live="polite">
      <p className="folder-here" dir="ltr">
        {props.path}
      </p>
      <Answered answer={answer}>{(creation) => <State creation={creation} {...props} />}</Answered>
    </section>
  );
}

function State({ creation, ...props }: MakingProps & { readonly creation: Creation }) {
  const words = useWords();
  const { t, format, tell, hint } = words;
  const { state, done, total, problem } = creation;
  switch (state) {
    case 'working':
      return <Working creation={creation} />;
    case 'done':
      return <Done creation={creation} {...props} />;
    case 'cancelled':
    case 'failed': {
      const why = problem === undefined ? t(`making.${state}`) : tell(problem);
      const next = problem === undefined ? undefined : hint(problem);
      return (
        <>
          <p className="making-state">
            <Icon name="warn" /> {why}
          </p>
          {next !== undefined && <p className="muted">{next}</p>}
          <p className="muted number">
            {t('overview.of', { have: format.bytes(done), wanted: format.bytes(total) })}
          </p>
          <div className="form-foot">
            <Button kind="primary" onPress={props.onBack}>
              {t('common.try-again')}
            </Button>
          </div>
        </>
      );
    }
  }
}

function Working({ creation }: { readonly creation: Creation }) {
  const { t, format } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { id, done, total } = creation;
  const cancel = (): void =>
    void attempt(async () =>
      queries.setQueryData(
        ['creation', id],
        await client.call('cancelCreation', { params: { id } }),
      ),
    );
  return (
    <>
      <p>{t('making.working')}</p>
      <Bar share={total === 0 ? 0 : done / total} label={t('making.working')} />
      <p className="muted number">
        {t('overview.of', { have: format.bytes(done), wanted: format.bytes(total) })}
      </p>
      <div className="form-foot">
        <Button onPress={cancel}>{t('common.cancel')}</Button>
      </div>
    </>
  );
}

function Done(props: MakingProps & { readonly creation: Creation }) {
  const { creation, path, isShared, onAgain } = props;
  const { t } = useWords();
  const { client } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  const { id, magnet, transfer } = creation;
  const name = path.split(/[/\\]/).findLast((part) => part !== '') ?? 'share';
  const copy = async (text: string): Promise<void> => {
    const isCopied = await copyText(text);
    notify({ title: t(isCopied ? 'copy.done' : 'copy.failed') });
  };
  const save = (): void =>
    void attempt(async () =>
      saveResponse(await client.fetch('exportCreation', { params: { id } }), `${name}.torrent`),
    );
  return (
    <>
      <p className="making-state is-good">
        <Icon name="check" /> {t(isShared ? 'making.shared' : 'making.done')}
      </p>
      {magnet !== undefined && (
        <div className="magnet">
          <p>{t('making.magnet')}</p>
          <code
            dir="ltr"
            tabIndex={0}
            role="textbox"
            aria-readonly="true"
            aria-label={t('making.magnet')}
          >
            {magnet}
          </code>
          <Button kind="primary" icon="copy" onPress={() => void copy(magnet)}>
            {t('making.copy')}
          </Button>
        </div>
      )}
      <div className="form-foot">
        <Button icon="file" onPress={save}>
          {t('action.save-torrent')}
        </Button>
        {transfer !== undefined && (
          <a
            className="button quiet"
            href={formatPlace({ screen: 'transfers', id: transfer, tab: 'overview' })}
          >
            <Icon name="transfers" size={18} />
            <span>{t('making.show')}</span>
          </a>
        )}
        <Button onPress={onAgain}>{t('making.again')}</Button>
      </div>
    </>
  );
}
