/** One invitation in three forms: a link, a code for a camera, and words to say. */
import type { CreateInvitation, Invitation } from '@coequal/contract';
import { useState } from 'react';
import { ChooseFiles } from '../handover/choose-files.tsx';
import { nameOf, sizeOf } from '../handover/dropped-files.ts';
import type { DroppedFile } from '../handover/dropped-files.ts';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { Button, Sheet, SheetFooter } from '../ui/controls.tsx';
import { Select, TextField } from '../ui/fields.tsx';
import { CodeReach } from '../ui/code-reach.tsx';
import { Icon } from '../ui/icon.tsx';
import { Bar, copyText, Empty, useNow } from '../ui/parts.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { useOutgoing } from '../handover/use-outgoing.ts';

const DAYS = ['1', '7', '30'] as const;
const USES = ['1', '5', '20'] as const;
const DAY_SECONDS = 86_400;
/** While it is looked at: somebody may come by it at any moment. */
const LOOK_EVERY_MS = 2_000;
const NOTE_LENGTH_MAX = 64;

interface Wish {
  readonly note: string;
  readonly days: (typeof DAYS)[number];
  readonly uses: (typeof USES)[number];
  readonly gift: readonly DroppedFile[];
}

export function InviteSheet({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const [wish, setWish] = useState<Wish>({ note: '', days: '7', uses: '1', gift: [] });
  const [made, setMade] = useState<Invitation>();
  const { make, isMaking } = useMake(wish, setMade);
  if (made !== undefined)
    return (
      // another one, so that it takes the focus: the button that had it is gone
      <Sheet key="made" title={t('invite.made')} onClose={onClose} size="large">
        <Made made={made} />
      </Sheet>
    );
  return (
    <Sheet
      title={t('invite.title')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={make}
          doing={t('invite.do')}
          icon="add"
          isDisabled={isMaking}
          takesFocus
        />
      }
    >
      <p>{t('invite.text')}</p>
      <Choices wish={wish} onChange={setWish} />
      {isMaking && wish.gift.length > 0 && <GiftOnItsWay />}
    </Sheet>
  );
}

function Choices(props: { readonly wish: Wish; readonly onChange: (wish: Wish) => void }) {
  const { wish, onChange } = props;
  const { t, format } = useWords();
  return (
    <>
      <TextField
        label={t('invite.note')}
        description={t('invite.note-text')}
        value={wish.note}
        onChange={(note) => onChange({ ...wish, note: note.slice(0, NOTE_LENGTH_MAX) })}
      />
      <div className="pair">
        <Select
          label={t('invite.valid')}
          value={wish.days}
          options={DAYS.map((id) => ({ id, label: t('invite.days', { count: Number(id) }) }))}
          onChange={(days) => onChange({ ...wish, days })}
        />
        <Select
          label={t('invite.uses')}
          value={wish.uses}
          options={USES.map((id) => ({ id, label: t('invite.people', { count: Number(id) }) }))}
          onChange={(uses) => onChange({ ...wish, uses })}
        />
      </div>
      <section className="given" aria-label={t('invite.gift')}>
        <h3>{t('invite.gift')}</h3>
        <p className="muted">{t('invite.gift-text')}</p>
        {wish.gift.length === 0 ? (
          <div className="card-buttons">
            <ChooseFiles onChoose={(gift) => onChange({ ...wish, gift })} icon="file">
              {t('invite.gift-choose')}
            </ChooseFiles>
          </div>
        ) : (
          <p className="given-sum">
            <span dir="auto">
              {t('invite.gift-is', {
                what: nameOf(wish.gift),
                size: format.bytes(sizeOf(wish.gift)),
              })}
            </span>
            <button
              type="button"
              className="link-button"
              onClick={() => onChange({ ...wish, gift: [] })}
            >
              {t('invite.gift-none')}
            </button>
          </p>
        )}
      </section>
    </>
  );
}

function GiftOnItsWay() {
  const { t } = useWords();
  const [going] = useOutgoing();
  if (going === undefined) return null;
  return <Bar share={going.done / Math.max(going.size, 1)} label={t('invite.gift')} />;
}

/** A gift is copied to the peer and kept there, before there is the link to it. */
function useMake(wish: Wish, onMade: (invitation: Invitation) => void) {
  const { client, queries } = usePeer();
  const { outgoing } = usePeopleActions();
  const attempt = useTry();
  const [isMaking, setIsMaking] = useState(false);
  const create = async (giftId?: string): Promise<void> => {
    const { note, days, uses, gift } = wish;
    const body: CreateInvitation = {
      spoken: true,
      validSeconds: Number(days) * DAY_SECONDS,
      uses: Number(uses),
      ...(note.trim() !== '' && { note: note.trim() }),
      ...(giftId !== undefined && {
        gift: { id: giftId, name: nameOf(gift), size: sizeOf(gift) },
      }),
    };
    onMade(await client.call('createInvitation', { body }));
    await queries.invalidateQueries({ queryKey: ['invitations'] });
  };
  const make = async (): Promise<void> => {
    setIsMaking(true);
    const { gift } = wish;
    if (gift.length === 0) await attempt(() => create());
    else
      await outgoing.start(nameOf(gift), gift, async (id) => {
        await client.call('holdStaged', { params: { id } });
        await create(id);
      });
    setIsMaking(false);
  };
  return { make: () => void make(), isMaking };
}

/** Of an invitation that is there; also looked at again later. */
export function Made({ made }: { readonly made: Invitation }) {
  const { t, format } = useWords();
  const { data } = useAnswer(
    ['invitations', 'made'],
    'listInvitations',
    {},
    {
      everyMs: LOOK_EVERY_MS,
    },
  );
  const invitation = data?.invitations.find(({ id }) => id === made.id) ?? made;
  const { link, qr, code, usedBy, usesMax, validUntil } = invitation;
  const last = usedBy.at(-1);
  if (last !== undefined && (link === undefined || usedBy.length > made.usedBy.length))
    return (
      <Empty icon="check" title={t('invite.came', { name: last.name })}>
        <p>{t('invite.came-text')}</p>
      </Empty>
    );
  if (link === undefined) return <p>{t(`invitation.${invitation.state}`)}</p>;
  return (
    <div className="pairing">
      <p>{t('invite.how')}</p>
      <div className="pairing-code">
        <QrCode text={qr ?? link} label={t('invite.qr')} />
        <div>
          <h3>{t('invite.link')}</h3>
          <Copied text={link} label={t('invite.link')} />
          <p className="muted">
            {t('invite.good', { date: format.dateTime(validUntil), count: usesMax })}
          </p>
        </div>
      </div>
      {code !== undefined && <Spoken invitation={invitation} />}
      <p className="muted">
        <Icon name="wait" size={16} /> {t('invite.waits')}
      </p>
    </div>
  );
}

function Spoken({ invitation }: { readonly invitation: Invitation }) {
  const { t, format, tell } = useWords();
  const now = useNow(1_000);
  const { code } = invitation;
  if (code === undefined) return null;
  const { text, state, validUntil, problem, reach } = code;
  const seconds = Math.ceil((validUntil - now) / 1_000);
  const isGood = (state === 'open' || state === 'announcing') && seconds > 0;
  return (
    <section className="pairing-note">
      <h3>
        <Icon name="people" size={18} /> {t('invite.spoken')}
      </h3>
      {isGood ? (
        <>
          <p className="spoken-code" dir="ltr">
            {text}
          </p>
          <p className="muted">
            {t(state === 'announcing' ? 'invite.spoken-soon' : 'invite.spoken-text', {
              time: format.duration(seconds) ?? '',
            })}
          </p>
          <CodeReach reach={reach} />
        </>
      ) : (
        <p>
          {problem === undefined
            ? t(`spoken.${state === 'open' ? 'expired' : state}`)
            : tell(problem)}
        </p>
      )}
    </section>
  );
}

/** Something to hand on, with a button that copies it. */
export function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useWords();
  const notify = useNotify();
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(text);
    notify({ title: t(isCopied ? 'copy.done' : 'copy.failed') });
  };
  return (
    <>
      <p
        className="secret code"
        dir="ltr"
        aria-label={label}
        role="textbox"
        aria-readonly
        tabIndex={0}
      >
        {text}
      </p>
      <div className="card-buttons">
        <Button icon="copy" kind="primary" onPress={() => void copy()}>
          {t('copy.do')}
        </Button>
      </div>
    </>
  );
}
