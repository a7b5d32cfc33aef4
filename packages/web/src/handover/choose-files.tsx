/** A button that asks the browser for files, to be handed over. */
import type { ReactNode } from 'react';
import { Button as AriaButton, FileTrigger } from 'react-aria-components';
import { Icon } from '../ui/icon.tsx';
import type { IconName } from '../ui/icon.tsx';
import { filesOf } from './dropped-files.ts';
import type { DroppedFile } from './dropped-files.ts';

export function ChooseFiles(props: {
  /** What it is called, where the words on it do not say enough. */
  readonly label?: string;
  readonly onChoose: (files: readonly DroppedFile[]) => void;
  readonly takesFolder?: boolean;
  readonly kind?: 'primary' | 'quiet';
  readonly icon?: IconName;
  readonly children: ReactNode;
}) {
  const { label, onChoose, takesFolder = false, kind = 'quiet', icon = 'up', children } = props;
  return (
    <FileTrigger
      allowsMultiple
      acceptDirectory={takesFolder}
      onSelect={(list) => {
        const files = filesOf([...(list ?? [])]);
        if (files.length > 0) onChoose(files);
      }}
    >
      <AriaButton
        className={`button ${kind}`}
        {...(label !== undefined && { 'aria-label': label })}
      >
        <Icon name={icon} size={18} />
        <span>{children}</span>
      </AriaButton>
    </FileTrigger>
  );
}
