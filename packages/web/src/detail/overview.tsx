/** The first look at one transfer. */
import type { TransferDetail } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from '../ui/icon.tsx';
import { Fact } from '../ui/parts.tsx';
import { ratioOf } from '../transfers/transfer-filter.ts';

export function Overview({ detail }: { readonly detail: TransferDetail }) {
  return (
    <>
      <Speeds detail={detail} />
      <Moved detail={detail} />
      <About detail={detail} />
    </>
  );
}

function Speeds({ detail: { transfer } }: { readonly detail: TransferDetail }) {
  const { t, format } = useWords();
  const left = transfer.etaSeconds === undefined ? undefined : format.duration(transfer.etaSeconds);
  return (
    <div className="tiles">
      <div className="tile is-down">
        <p>
          <Icon name="down" size={16} /> {t('speed.down')}
        </p>
        <strong>{format.rate(transfer.down)}</strong>
      </div>
      <div className="tile is-up">
        <p>
          <Icon name="up" size={16} /> {t('speed.up')}
        </p>
        <strong>{format.rate(transfer.up)}</strong>
      </div>
      <div className="tile">
        <p>
          <Icon name="people" size={16} /> {t('overview.peers')}
        </p>
        <strong>{format.number(transfer.peers)}</strong>
        <span>{t('overview.seeds', { count: transfer.seeds })}</span>
      </div>
      <div className="tile">
        <p>
          <Icon name="wait" size={16} /> {t('overview.left')}
        </p>
        <strong>{left ?? '–'}</strong>
      </div>
    </div>
  );
}

function Moved({ detail }: { readonly detail: TransferDetail }) {
  const { t, format } = useWords();
  const { transfer } = detail;
  const { have, wanted, size } = transfer;
  return (
    <dl className="facts">
      <Fact name={t('overview.have')}>
        {t('overview.of', { have: format.bytes(have), wanted: format.bytes(wanted) })}
        {wanted < size && ` · ${t('overview.all', { size: format.bytes(size) })}`}
      </Fact>
      <Fact name={t('overview.downloaded')}>{format.bytes(transfer.downloaded)}</Fact>
      <Fact name={t('overview.uploaded')}>{format.bytes(transfer.uploaded)}</Fact>
      <Fact name={t('overview.ratio')}>{format.ratio(ratioOf(transfer))}</Fact>
      <Fact name={t('overview.wasted')}>{format.bytes(detail.wasted)}</Fact>
      <Fact name={t('overview.pieces')}>
        {t('overview.pieces-of', {
          had: detail.piecesHad,
          count: detail.pieceCount,
          size: format.bytes(detail.pieceLength),
        })}
      </Fact>
    </dl>
  );
}

function About({ detail }: { readonly detail: TransferDetail }) {
  const { t, format } = useWords();
  const { transfer, infoHash, infoHashV2, comment, createdBy, createdAt } = detail;
  return (
    <dl className="facts">
      <Fact name={t('overview.folder')}>
        <span className="code" dir="ltr">
          {transfer.directory}
        </span>
      </Fact>
      <Fact name={t('labels.category')}>{transfer.category ?? t('filter.no-category')}</Fact>
      {transfer.tags.length > 0 && (
        <Fact name={t('labels.tags')}>
          <span className="tags">
            {transfer.tags.map((tag) => (
              <span key={tag} className="tag" dir="auto">
                {tag}
              </span>
            ))}
          </span>
        </Fact>
      )}
      <Fact name={t('overview.private')}>
        {t(transfer.isPrivate ? 'overview.is-private' : 'overview.is-public')}
      </Fact>
      <Fact name={t('overview.added')}>{format.dateTime(transfer.addedAt)}</Fact>
      {transfer.completedAt !== undefined && (
        <Fact name={t('overview.completed')}>{format.dateTime(transfer.completedAt)}</Fact>
      )}
      {comment !== undefined && (
        <Fact name={t('overview.comment')}>
          <span dir="auto">{comment}</span>
        </Fact>
      )}
      {createdBy !== undefined && <Fact name={t('overview.made-with')}>{createdBy}</Fact>}
      {createdAt !== undefined && (
        <Fact name={t('overview.made')}>{format.dateTime(createdAt)}</Fact>
      )}
      {infoHash !== undefined && (
        <Fact name={t('overview.hash')}>
          <span className="code" dir="ltr">
            {infoHash}
          </span>
        </Fact>
      )}
      {infoHashV2 !== undefined && (
        <Fact name={t('overview.hash-v2')}>
          <span className="code" dir="ltr">
            {infoHashV2}
          </span>
        </Fact>
      )}
    </dl>
  );
}
