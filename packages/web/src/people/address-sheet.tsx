/** For when nothing finds a contact: the line that says where this computer is, and a field for theirs. */
import { RequestRefused } from '@coequal/contract';
import type { AddressCard } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { useNavigation } from '../shell/navigation.tsx';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered } from '../ui/parts.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { problemWords, useNotify } from '../ui/toasts.tsx';
import { Copied } from './invite-sheet.tsx';

export function AddressSheet({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const answer = useAnswer(['contacts', 'address'], 'showAddressCard', {});
  const [typed, setTyped] = useState('');
  const { look, problem, clear, isLooking } = useLook(answer.data, onClose);
  const isReady = typed.trim() !== '' && !isLooking;
  const begin = (): void => {
    if (isReady) look(typed);
  };
  return (
    <Sheet
      title={t('address.title')}
      onClose={onClose}
      size="large"
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={begin}
          doing={t('address.do')}
          icon="search"
          isDisabled={!isReady}
        />
      }
    >
      <div className="pairing">
        <p>{t('address.text')}</p>
        <TextField
          label={t('address.theirs')}
          description={t('address.theirs-text')}
          value={typed}
          onChange={(text) => {
            setTyped(text);
            clear();
          }}
          onEnter={begin}
          isCode
          autoFocus
          error={problem}
          placeholder="coequal:at/…"
        />
        <section className="by-address" aria-labelledby="own-address">
          <h3 id="own-address">{t('address.yours')}</h3>
          <Answered answer={answer}>{(card) => <Own card={card} />}</Answered>
        </section>
      </div>
    </Sheet>
  );
}

function Own({ card: { text } }: { readonly card: AddressCard }) {
  const { t } = useWords();
  if (text === undefined)
    return (
      <p className="muted">
        <Icon name="info" size={16} /> {t('address.none')}
      </p>
    );
  return (
    <div className="pairing-code">
      <QrCode text={text} label={t('address.qr')} />
      <div>
        <p className="muted">{t('address.yours-text')}</p>
        <Copied text={text} label={t('address.yours')} />
      </div>
    </div>
  );
}

/** Says beside the field what is wrong with a line, and where it leads once it is good. */
function useLook(own: AddressCard | undefined, onClose: () => void) {
  const { client, queries } = usePeer();
  const words = useWords();
  const { t } = words;
  const { go } = useNavigation();
  const notify = useNotify();
  const [problem, setProblem] = useState<string>();
  const [isLooking, setIsLooking] = useState(false);
  const look = async (typed: string): Promise<void> => {
    if (isOf(own, typed)) return setProblem(t('address.own'));
    setIsLooking(true);
    try {
      const { name, person, path } = await client.call('useAddressCard', { body: { text: typed } });
      const isHere = path !== 'none';
      notify({
        title: t(isHere ? 'address.here' : 'address.looking', { name }),
        ...(!isHere && { hint: t('address.looking-text') }),
      });
      onClose();
      go({ screen: 'people', person });
      await queries.invalidateQueries({ queryKey: ['contacts'] });
    } catch (error) {
      setIsLooking(false);
      if (error instanceof RequestRefused && error.code === 'NO_SUCH_CONTACT')
        return setProblem(t('address.stranger'));
      const { title, hint = '' } = problemWords(words, error);
      setProblem(`${title}. ${hint}`);
    }
  };
  return {
    look: (typed: string) => void look(typed),
    problem,
    clear: () => setProblem(undefined),
    isLooking,
  };
}

/** The key of the device stands before what changes. */
function isOf(own: AddressCard | undefined, typed: string): boolean {
  const [start] = own?.text?.split('?') ?? [];
  return start !== undefined && typed.trim().toLowerCase().startsWith(start);
}
