/** The piece map as a picture. Shapes say what colours say: full, striped, empty. */
import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { HAD, pieceCells, UNDER_WAY } from './piece-runs.ts';
import type { PieceCell } from './piece-runs.ts';

const CELL = 11;
const GAP = 2;
/** About a screen full; more pieces share cells. */
const CELLS_MAX = 1_500;

export interface PieceMapProps {
  readonly states: Uint8Array;
  readonly availability: Uint8Array;
}

export function PieceMap({ states, availability }: PieceMapProps) {
  const { t } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const had = states.reduce((sum, state) => sum + (state === HAD ? 1 : 0), 0);
  const underWay = states.reduce((sum, state) => sum + (state === UNDER_WAY ? 1 : 0), 0);
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    draw(canvas.current, pieceCells(states, availability, CELLS_MAX), width);
  }, [states, availability, width]);
  return (
    <figure className="piece-map">
      <div ref={box}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={t('pieces.label', { had, underWay, count: states.length })}
        />
      </div>
      <figcaption>
        <span className="key key-had">{t('piece.had')}</span>
        <span className="key key-under-way">{t('piece.under-way')}</span>
        <span className="key key-missing">{t('piece.missing')}</span>
        <span className="key key-left-out">{t('piece.left-out')}</span>
        <span className="key key-nobody">{t('piece.nobody')}</span>
      </figcaption>
    </figure>
  );
}

function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (box.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.floor(entry?.contentRect.width ?? 0)),
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

function draw(canvas: HTMLCanvasElement, cells: readonly PieceCell[], width: number): void {
  const perRow = Math.max(1, Math.floor((width + GAP) / (CELL + GAP)));
  const height = Math.ceil(cells.length / perRow) * (CELL + GAP);
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const isRtl = style.direction === 'rtl';
  const colors = { had: color('--down'), missing: color('--line-strong'), nobody: color('--bad') };
  cells.forEach((cell, at) => {
    const column = at % perRow;
    const left = (isRtl ? perRow - 1 - column : column) * (CELL + GAP);
    drawCell(context, cell, left, Math.floor(at / perRow) * (CELL + GAP), colors);
  });
}

function drawCell(
  context: CanvasRenderingContext2D,
  { had, underWay, leftOut, availability }: PieceCell,
  left: number,
  top: number,
  colors: { had: string; missing: string; nobody: string },
): void {
  if (leftOut === 1) {
    context.fillStyle = colors.missing;
    context.fillRect(left + CELL / 2 - 1, top + CELL / 2 - 1, 2, 2);
    return;
  }
  const isNobody = availability === 0 && had + underWay + leftOut < 1;
  context.lineWidth = 1;
  context.strokeStyle = isNobody ? colors.nobody : colors.missing;
  context.strokeRect(left + 0.5, top + 0.5, CELL - 1, CELL - 1);
  context.fillStyle = colors.had;
  if (had > 0) {
    const filled = Math.max(1, Math.round(CELL * had));
    context.fillRect(left, top + CELL - filled, CELL, filled);
  }
  if (underWay > 0 && had < 1) {
    for (let stripe = 2; stripe < CELL - 1; stripe += 3)
      context.fillRect(left + 2, top + stripe, CELL - 4, 1);
  }
  if (isNobody) {
    context.beginPath();
    context.moveTo(left + 3, top + 3);
    context.lineTo(left + CELL - 3, top + CELL - 3);
    context.stroke();
  }
}
