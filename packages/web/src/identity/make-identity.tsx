/** A name, typed once: from then on there is somebody here. */
import type { CreatedIdentity } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { TextField } from '../ui/fields.tsx';

/** As contacts keep it. */
const NAME_BYTES_MAX = 64;

/** Undefined: it is a name. */
export function nameProblem(name: string): 'empty' | 'long' | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return 'empty';
  return new TextEncoder().encode(trimmed).length > NAME_BYTES_MAX ? 'long' : undefined;
}

export function NameField(props: {
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly onEnter?: () => void;
  readonly onCommit?: () => void;
  readonly autoFocus?: boolean;
}) {
  const { t } = useWords();
  const { value, autoFocus = false, onEnter, onCommit } = props;
  return (
    <TextField
      label={t('who.name')}
      description={t('who.name-text')}
      value={value}
      onChange={props.onChange}
      autoFocus={autoFocus}
      {...(onEnter !== undefined && { onEnter })}
      {...(onCommit !== undefined && { onCommit })}
      error={nameProblem(value) === 'long' ? t('who.name-long') : undefined}
    />
  );
}

/** Makes the identity, then tells contacts to be the name; the words come back, this once. */
export function useMakeIdentity(): (name: string, passPhrase?: string) => Promise<CreatedIdentity> {
  const { client, queries } = usePeer();
  return async (name, passPhrase) => {
    const body = passPhrase === undefined || passPhrase === '' ? {} : { passPhrase };
    const made = await client.call('createIdentity', { body });
    await client.call('changeProfile', { body: { name } });
    await queries.invalidateQueries({ queryKey: ['contacts'] });
    return made;
  };
}
