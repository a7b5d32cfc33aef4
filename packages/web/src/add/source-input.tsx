/** Asks for something to add: a link in a field, or a file. */
import { useState } from 'react';
import { Button as AriaButton, FileTrigger } from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';
import { invitationIn } from '../people/invitation-text.ts';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { Button } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { linksIn, readTorrentFiles } from './sources.ts';
import type { Source } from './sources.ts';

export interface SourceInputProps {
  readonly onTake: (sources: readonly Source[]) => void;
  /** In one line, without explanation: of the first screen. */
  readonly isCompact?: boolean;
  /** Of somebody else, pasted here as a link or code; else it is opened at once. */
  readonly onInvitation?: (text: string) => void;
}

export function SourceInput({ onTake, isCompact = false, onInvitation }: SourceInputProps) {
  const { t } = useWords();
  const { accept } = usePeopleActions();
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const takeText = (): void => {
    const links = linksIn(text);
    const invitation = invitationIn(text);
    if (invitation !== undefined) {
      (onInvitation ?? accept)(invitation);
      setText('');
    } else if (links.length === 0)
      setError(text.trim() === '' ? undefined : t('drop.nothing-hint'));
    else {
      onTake(links.map((link) => ({ type: 'link', link })));
      setText('');
    }
  };
  const takeFiles = async (list: FileList | null): Promise<void> => {
    const { sources, refused } = await readTorrentFiles([...(list ?? [])]);
    if (sources.length > 0) onTake(sources);
    else if (refused.length > 0) setError(t('drop.refused', { name: refused[0] ?? '' }));
  };
  return (
    <div className={isCompact ? 'source-input is-compact' : 'source-input'}>
      <TextField
        label={t('add.link')}
        description={isCompact ? undefined : t('add.link-text')}
        isLabelHidden={isCompact}
        value={text}
        onChange={(next) => {
          setText(next);
          setError(undefined);
        }}
        {...(isCompact ? { onEnter: takeText } : { lines: 3, autoFocus: true })}
        isCode
        error={error}
        placeholder="magnet:?xt=urn:btih:…"
      />
      <div className="source-buttons">
        <Button kind="primary" isDisabled={text.trim() === ''} onPress={takeText}>
          {t('add.next')}
        </Button>
        <FileTrigger
          allowsMultiple
          acceptedFileTypes={['.torrent', 'application/x-bittorrent']}
          onSelect={(list) => void takeFiles(list)}
        >
          <AriaButton className="button quiet">
            <Icon name="file" size={18} />
            <span>{t('add.file')}</span>
          </AriaButton>
        </FileTrigger>
      </div>
    </div>
  );
}
