/** Which pieces are here, of all or of one file: as a picture, and the same in words. */
import type { TransferFile, TransferPieces } from '@coequal/contract';
import { memo, useMemo, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { Select } from '../ui/fields.tsx';
import { Answered, Empty } from '../ui/parts.tsx';
import { PieceMap } from './piece-map.tsx';
import { decodeBytes, HAD, pieceRuns, piecesOfFile } from './piece-runs.ts';

const PIECES_EVERY_MS = 3_000;
/** More rows nobody reads; the picture shows them all. */
const RUNS_MAX = 200;
/** In the list of files to choose from. */
const FILES_MAX = 500;
const ALL = 'all';

interface PiecesTabProps {
  readonly id: string;
  readonly pieceLength: number;
}

export const PiecesTab = memo(function PiecesTab({ id, pieceLength }: PiecesTabProps) {
  const { t } = useWords();
  const answer = useAnswer(
    ['pieces', id],
    'showPieces',
    { params: { id } },
    {
      everyMs: PIECES_EVERY_MS,
    },
  );
  const { data } = useAnswer(['files', id], 'listFiles', { params: { id } });
  return (
    <Answered answer={answer}>
      {(pieces) =>
        pieces.count === 0 ? (
          <Empty icon="info" title={t('pieces.unknown')}>
            <p>{t('files.unknown-text')}</p>
          </Empty>
        ) : (
          <Pieces pieces={pieces} files={data?.files ?? []} pieceLength={pieceLength} />
        )
      }
    </Answered>
  );
});

function Pieces(props: {
  readonly pieces: TransferPieces;
  readonly files: readonly TransferFile[];
  readonly pieceLength: number;
}) {
  const { pieces, files, pieceLength } = props;
  const { t } = useWords();
  const [chosen, setChosen] = useState(ALL);
  const range = useMemo(() => rangeOf(files, chosen, pieceLength), [files, chosen, pieceLength]);
  const { states, availability, from } = useMemo(() => {
    const begin = range?.from ?? 0;
    const end = range === undefined ? pieces.count : range.to + 1;
    return {
      states: decodeBytes(pieces.states).subarray(begin, end),
      availability: decodeBytes(pieces.availability).subarray(begin, end),
      from: begin,
    };
  }, [pieces, range]);
  const options = [
    { id: ALL, label: t('pieces.all') },
    ...files.slice(0, FILES_MAX).map(({ index, path }) => ({ id: String(index), label: path })),
  ];
  return (
    <>
      {files.length > 1 && (
        <Select label={t('pieces.of')} options={options} value={chosen} onChange={setChosen} />
      )}
      <PieceMap states={states} availability={availability} />
      <Runs states={states} availability={availability} from={from} />
    </>
  );
}

function rangeOf(
  files: readonly TransferFile[],
  chosen: string,
  pieceLength: number,
): { from: number; to: number } | undefined {
  let offset = 0;
  for (const { index, length } of files) {
    if (String(index) === chosen) return piecesOfFile(offset, length, pieceLength);
    offset += length;
  }
  return undefined;
}

interface RunsProps {
  readonly states: Uint8Array;
  readonly availability: Uint8Array;
  readonly from: number;
}

/** Hundreds of rows that change while pieces come: they are there when somebody opens them. */
function Runs(props: RunsProps) {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const { states } = props;
  const had = states.reduce((sum, state) => sum + (state === HAD ? 1 : 0), 0);
  return (
    <details className="twin" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{t('pieces.in-words', { had, count: states.length })}</summary>
      {isOpen && <RunTable {...props} />}
    </details>
  );
}

function RunTable({ states, availability, from }: RunsProps) {
  const { t, format } = useWords();
  const { runs, isAll } = useMemo(
    () => pieceRuns(states, availability, RUNS_MAX),
    [states, availability],
  );
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('pieces.pieces')}</th>
            <th scope="col">{t('pieces.state')}</th>
            <th scope="col" className="number">
              {t('pieces.peers')}
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.from}>
              <th scope="row" className="number-start">
                {run.from === run.to
                  ? format.number(run.from + from)
                  : `${format.number(run.from + from)} – ${format.number(run.to + from)}`}
              </th>
              <td>{t(`piece.${run.state}`)}</td>
              <td className="number">{format.number(run.availability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isAll && <p className="muted">{t('pieces.more')}</p>}
    </>
  );
}
