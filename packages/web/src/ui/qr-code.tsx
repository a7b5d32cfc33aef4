/** A QR code (ISO/IEC 18004), as one path. */
import { useMemo } from 'react';
import { encode } from 'uqr';

/** Modules of white around it, which readers need. */
const BORDER = 4;

export function QrCode(props: {
  readonly text: string;
  readonly label: string;
  readonly isOver?: boolean;
}) {
  const { text, label, isOver = false } = props;
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg
      className={isOver ? 'qr-code is-over' : 'qr-code'}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={label}
    >
      <path d={path} />
    </svg>
  );
}

function draw(text: string): { readonly size: number; readonly path: string } {
  const { data, size } = encode(text, { ecc: 'L', border: BORDER });
  const steps: string[] = [];
  for (const [y, row] of data.entries())
    for (const [x, isBlack] of row.entries()) if (isBlack) steps.push(`M${x} ${y}h1v1h-1z`);
  return { size, path: steps.join('') };
}
