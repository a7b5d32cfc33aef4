/** One row of the list. Drawn again only when its transfer, or its being chosen, changes; the fewer elements, the better. */
import type { Transfer } from '@coequal/contract';
import { memo } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useTransfer } from '../peer/use-peer.ts';
import { Icon } from '../ui/icon.tsx';
import { Bar } from '../ui/parts.tsx';
import { STATE_ICONS, stateLine, transferLabel } from './state-words.ts';
import { progressOf, ratioOf } from './transfer-filter.ts';

export interface RowProps {
  readonly id: string;
  /** From 0, among those shown. */
  readonly position: number;
  readonly top: number;
  readonly isChosen: boolean;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isPhone: boolean;
}

export function rowId(id: string): string {
  return `row-${id}`;
}

export const TransferRow = memo(function TransferRow(props: RowProps) {
  const { id, position, top, isChosen, isActive, isOpen, isPhone } = props;
  const words = useWords();
  const { t } = words;
  const transfer = useTransfer(id);
  if (transfer === undefined) return null;
  const { name, state, reason } = transfer;
  const kind = reason !== undefined && state === 'downloading' ? 'stalled' : '';
  return (
    <div
      role="row"
      id={rowId(id)}
      data-id={id}
      data-state={state}
      className={`row ${kind} ${isActive ? 'is-active' : ''} ${isOpen ? 'is-open' : ''}`}
      aria-rowindex={position + 2}
      aria-selected={isChosen}
      aria-label={transferLabel(words, transfer)}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="gridcell" className="cell-check">
        <input
          type="checkbox"
          className="native-check"
          tabIndex={-1}
          checked={isChosen}
          readOnly
          aria-label={t('transfers.choose', { name })}
        />
      </span>
      <span role="gridcell" className="cell-name">
        <span className="state-mark" data-state={state}>
          <Icon name={STATE_ICONS[state]} size={18} />
        </span>
        <span className="name">{name}</span>
        <span className="line">
          <span className="line-state">{t(`state.${state}`)}</span>
          {` · ${stateLine(words, transfer)}`}
        </span>
      </span>
      {isPhone ? <PhoneNumbers transfer={transfer} /> : <Numbers transfer={transfer} />}
    </div>
  );
});

function Numbers({ transfer }: { readonly transfer: Transfer }) {
  const { format } = useWords();
  const { have, wanted, down, up, state } = transfer;
  return (
    <>
      <span role="gridcell" className="number cell-progress">
        <Bar share={progressOf(transfer)} state={state} />
        {format.percent(have, wanted)}
      </span>
      <span role="gridcell" className="number cell-size">
        {transfer.size === 0 ? '–' : format.bytes(transfer.size)}
      </span>
      <span role="gridcell" className="number cell-down">
        {down === 0 ? '' : format.rate(down)}
      </span>
      <span role="gridcell" className="number cell-up">
        {up === 0 ? '' : format.rate(up)}
      </span>
      <span role="gridcell" className="number cell-ratio">
        {format.ratio(ratioOf(transfer))}
      </span>
    </>
  );
}

function PhoneNumbers({ transfer }: { readonly transfer: Transfer }) {
  const { format } = useWords();
  const { have, wanted, down, up, state, size } = transfer;
  return (
    <span role="gridcell" className="cell-phone">
      <Bar share={progressOf(transfer)} state={state} />
      <span className="phone-numbers number">
        <span>{format.percent(have, wanted)}</span>
        <span>{size === 0 ? '' : format.bytes(size)}</span>
        {down > 0 && (
          <span className="is-down">
            <Icon name="down" size={12} />
            {format.rate(down)}
          </span>
        )}
        {up > 0 && (
          <span className="is-up">
            <Icon name="up" size={12} />
            {format.rate(up)}
          </span>
        )}
      </span>
    </span>
  );
}
