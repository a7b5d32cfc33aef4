/** Creating a torrent of files here, and sharing it. */
import type { CreateTorrent } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { Checkbox, Select, TextField } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Screen } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';
import { Making } from './making.tsx';

type Version = NonNullable<CreateTorrent['version']>;
const VERSIONS: readonly Version[] = ['hybrid', 'v2', 'v1'];
const PIECE_LENGTHS = [16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] as const;
const AUTOMATIC = 'auto';

interface Wish {
  readonly path: string;
  readonly version: Version;
  readonly trackers: string;
  readonly webSeeds: string;
  readonly isPrivate: boolean;
  /** Empty: as the size suggests. */
  readonly pieceLength: string;
  readonly comment: string;
  readonly isShared: boolean;
}

const NO_WISH: Wish = {
  path: '',
  version: 'hybrid',
  trackers: '',
  webSeeds: '',
  isPrivate: false,
  pieceLength: AUTOMATIC,
  comment: '',
  isShared: true,
};

const lines = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function bodyOf(wish: Wish): CreateTorrent {
  const { path, version, isPrivate, comment, isShared, pieceLength } = wish;
  const trackers = lines(wish.trackers);
  const webSeeds = lines(wish.webSeeds);
  return {
    path,
    version,
    isShared,
    ...(isPrivate && { isPrivate }),
    ...(trackers.length > 0 && { trackers }),
    ...(webSeeds.length > 0 && { webSeeds }),
    ...(comment !== '' && { comment }),
    ...(pieceLength !== AUTOMATIC && { pieceLength: Number(pieceLength) }),
  };
}

export function Share() {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [wish, setWish] = useState(NO_WISH);
  const [made, setMade] = useState<string>();
  const make = async (): Promise<void> => {
    await attempt(async () => {
      const creation = await client.call('createTorrent', { body: bodyOf(wish) });
      queries.setQueryData(['creation', creation.id], creation);
      setMade(creation.id);
    });
  };
  if (made !== undefined)
    return (
      <Screen title={t('share.title')}>
        <Making
          id={made}
          path={wish.path}
          isShared={wish.isShared}
          onAgain={() => {
            setMade(undefined);
            setWish(NO_WISH);
          }}
          onBack={() => setMade(undefined)}
        />
      </Screen>
    );
  return (
    <Screen title={t('share.title')} lead={t('share.lead')}>
      <section className="card form">
        <FolderField
          label={t('share.what')}
          description={t('share.what-text')}
          takesFiles
          value={wish.path}
          onChange={(path) => setWish({ ...wish, path })}
        />
        <Checkbox isOn={wish.isShared} onChange={(isShared) => setWish({ ...wish, isShared })}>
          {t('share.shared')}
        </Checkbox>
        <Details wish={wish} onChange={setWish} />
        <p className="notice">{t('share.notice')}</p>
        <div className="form-foot">
          <Button
            kind="primary"
            icon="share"
            isDisabled={wish.path.trim() === ''}
            onPress={() => void make()}
          >
            {t(wish.isShared ? 'share.do' : 'share.make')}
          </Button>
        </div>
      </section>
    </Screen>
  );
}

function Details(props: { readonly wish: Wish; readonly onChange: (wish: Wish) => void }) {
  const { wish, onChange } = props;
  const { t, format } = useWords();
  return (
    <details className="more-options">
      <summary>{t('share.details')}</summary>
      <div className="pair">
        <Select
          label={t('share.version')}
          description={t('share.version-text')}
          value={wish.version}
          options={VERSIONS.map((id) => ({ id, label: t(`version.${id}`) }))}
          onChange={(version) => onChange({ ...wish, version })}
        />
        <Select
          label={t('share.piece-length')}
          description={t('share.piece-length-text')}
          value={wish.pieceLength}
          options={[
            { id: AUTOMATIC, label: t('share.automatic') },
            ...PIECE_LENGTHS.map((length) => ({ id: String(length), label: format.bytes(length) })),
          ]}
          onChange={(pieceLength) => onChange({ ...wish, pieceLength })}
        />
      </div>
      <TextField
        label={t('share.trackers')}
        description={t('share.trackers-text')}
        lines={3}
        isCode
        value={wish.trackers}
        onChange={(trackers) => onChange({ ...wish, trackers })}
      />
      <TextField
        label={t('share.web-seeds')}
        description={t('share.web-seeds-text')}
        lines={2}
        isCode
        value={wish.webSeeds}
        onChange={(webSeeds) => onChange({ ...wish, webSeeds })}
      />
      <TextField
        label={t('share.comment')}
        value={wish.comment}
        onChange={(comment) => onChange({ ...wish, comment })}
      />
      <Checkbox isOn={wish.isPrivate} onChange={(isPrivate) => onChange({ ...wish, isPrivate })}>
        {t('share.private')}
      </Checkbox>
    </details>
  );
}
