/** The speed of one transfer over time. */
import type { SpeedHistory } from '@coequal/contract';
import { memo, useState } from 'react';
import { useAnswer } from '../peer/use-peer.ts';
import { SpeedGraph, SpeedTable } from '../ui/speed-graph.tsx';
import { SpanChoice, SPEED_EVERY_MS } from '../ui/span-choice.tsx';
import type { Span } from '../ui/span-choice.tsx';
import { Answered } from '../ui/parts.tsx';

export const SpeedTab = memo(function SpeedTab({ id }: { readonly id: string }) {
  const [span, setSpan] = useState<Span>('minute');
  const answer = useAnswer(
    ['speed', id, span],
    'showTransferSpeed',
    { params: { id }, query: { span } },
    { everyMs: SPEED_EVERY_MS[span], keepsLast: true },
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
});
