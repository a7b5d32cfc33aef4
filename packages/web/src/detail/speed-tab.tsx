/** The speed of one transfer over time. */
import type { SPEED_SPANS, SpeedHistory } from '@coequal/contract';
import { useState } from 'react';
import { useAnswer } from '../peer/use-peer.ts';
import { SpeedGraph, SpeedTable } from '../ui/speed-graph.tsx';
import { SpanChoice } from '../ui/span-choice.tsx';
import { Answered } from '../ui/parts.tsx';

type Span = (typeof SPEED_SPANS)[number];
const EVERY_MS: Readonly<Record<Span, number>> = { minute: 1_000, hour: 20_000, day: 60_000 };

export function SpeedTab({ id }: { readonly id: string }) {
  const [span, setSpan] = useState<Span>('minute');
  const answer = useAnswer(
    ['speed', id, span],
    'showTransferSpeed',
    { params: { id }, query: { span } },
    { everyMs: EVERY_MS[span], keepsLast: true },
  );
  return (
    <>
      <SpanChoice value={span} onChange={setSpan} />
      <Answered answer={answer}>
        {(history: SpeedHistory) => (
          <>
            <SpeedGraph history={history} height={240} />
            <SpeedTable history={history} />
          </>
        )}
      </Answered>
    </>
  );
}
