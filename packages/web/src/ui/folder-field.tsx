/** A folder of the peer's computer: typed, or chosen by walking through folders. */
import { useEffect, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { Folder } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { Button, Sheet } from './controls.tsx';
import { TextField } from './fields.tsx';
import { Icon } from './icon.tsx';
import { Answered } from './parts.tsx';

export interface FolderFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (path: string) => void;
  /** When the person is done with it. */
  readonly onCommit?: (path: string) => void;
  readonly description?: string | undefined;
  readonly isLabelHidden?: boolean;
  readonly isDisabled?: boolean;
  /** A file may be chosen too. */
  readonly takesFiles?: boolean;
  readonly placeholder?: string;
}

export function FolderField(props: FolderFieldProps) {
  const { value, onChange, onCommit, takesFiles = false, ...field } = props;
  const { t } = useWords();
  const [isChoosing, setIsChoosing] = useState(false);
  return (
    <div className="folder-field">
      <TextField
        {...field}
        isCode
        value={value}
        onChange={onChange}
        onCommit={() => onCommit?.(value)}
      />
      <Button
        icon="folder"
        isDisabled={props.isDisabled ?? false}
        onPress={() => setIsChoosing(true)}
      >
        {t('folder.choose')}
      </Button>
      {isChoosing && (
        <FolderSheet
          start={value}
          takesFiles={takesFiles}
          onClose={() => setIsChoosing(false)}
          onChoose={(path) => {
            onChange(path);
            onCommit?.(path);
            setIsChoosing(false);
          }}
        />
      )}
    </div>
  );
}

function FolderSheet(props: {
  readonly start: string;
  readonly takesFiles: boolean;
  readonly onClose: () => void;
  readonly onChoose: (path: string) => void;
}) {
  const { t } = useWords();
  const [path, setPath] = useState(props.start === '' ? undefined : props.start);
  const query = path === undefined ? {} : { path };
  const answer = useAnswer(['folder', path], 'listFolder', { query }, { keepsLast: true });
  // of the folder before, which stays until this one is here
  const { data, isError, isPlaceholderData } = answer;
  // the usual folder is made when it is first needed, so it may not be there yet
  useEffect(() => {
    if (isError && path === props.start) setPath(undefined);
  }, [isError, path, props.start]);
  return (
    <Sheet
      title={t(props.takesFiles ? 'folder.title-any' : 'folder.title')}
      onClose={props.onClose}
      footer={
        <>
          {answer.isError && (
            <Button onPress={() => setPath(undefined)}>{t('folder.start-over')}</Button>
          )}
          <Button onPress={props.onClose}>{t('common.cancel')}</Button>
          <Button
            kind="primary"
            isDisabled={data === undefined || isError || isPlaceholderData}
            onPress={() => data !== undefined && props.onChoose(data.path)}
          >
            {t('folder.take')}
          </Button>
        </>
      }
    >
      <Answered answer={answer}>
        {(folder) => (
          <FolderList
            folder={folder}
            takesFiles={props.takesFiles}
            onGo={setPath}
            onChoose={props.onChoose}
          />
        )}
      </Answered>
    </Sheet>
  );
}

function FolderList(props: {
  readonly folder: Folder;
  readonly takesFiles: boolean;
  readonly onGo: (path: string) => void;
  readonly onChoose: (path: string) => void;
}) {
  const { folder, takesFiles, onGo, onChoose } = props;
  const { t, format } = useWords();
  const { parent } = folder;
  const isEmpty = folder.folders.length === 0 && (!takesFiles || folder.files.length === 0);
  return (
    <>
      <p className="folder-here" dir="ltr">
        {folder.path}
      </p>
      {folder.freeBytes !== undefined && (
        <p className="muted">{t('folder.free', { free: format.bytes(folder.freeBytes) })}</p>
      )}
      <ul className="folder-list">
        {parent !== undefined && (
          <li>
            <AriaButton onPress={() => onGo(parent)}>
              <Icon name="up" />
              <span>{t('folder.parent')}</span>
            </AriaButton>
          </li>
        )}
        {folder.folders.map((name) => (
          <li key={name}>
            <AriaButton onPress={() => onGo(joinPath(folder.path, name))}>
              <Icon name="folder" />
              <span dir="auto">{name}</span>
              <Icon name="chevron" size={16} />
            </AriaButton>
          </li>
        ))}
        {takesFiles &&
          folder.files.map(({ name, length }) => (
            <li key={name}>
              <AriaButton onPress={() => onChoose(joinPath(folder.path, name))}>
                <Icon name="file" />
                <span dir="auto">{name}</span>
                <span className="number muted">{format.bytes(length)}</span>
              </AriaButton>
            </li>
          ))}
      </ul>
      {isEmpty && <p className="muted">{t('folder.empty')}</p>}
    </>
  );
}

/** In the notation of the peer's system, which the path shows. */
function joinPath(folder: string, name: string): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}
