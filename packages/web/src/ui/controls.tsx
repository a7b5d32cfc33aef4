/** Buttons, menus and dialogs in the page's look, over React Aria. */
import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Dialog,
  Heading,
  Menu,
  MenuItem,
  MenuTrigger,
  Modal,
  ModalOverlay,
  Popover,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components';
import type { Key } from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: (() => void) | undefined;
  readonly icon?: IconName;
  readonly kind?: 'primary' | 'quiet' | 'plain' | 'danger';
  readonly isDisabled?: boolean;
  readonly className?: string;
  readonly autoFocus?: boolean;
}

export function Button({
  children,
  icon,
  kind = 'quiet',
  className = '',
  onPress,
  ...rest
}: ButtonProps) {
  return (
    <AriaButton {...rest} onPress={() => onPress?.()} className={`button ${kind} ${className}`}>
      {icon !== undefined && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </AriaButton>
  );
}

export interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onPress?: () => void;
  readonly isDisabled?: boolean;
  readonly className?: string;
}

/** With its name as a tooltip, for the eye and for the keyboard. */
export function IconButton({ icon, label, className = '', onPress, ...rest }: IconButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        {...rest}
        aria-label={label}
        onPress={() => onPress?.()}
        className={`icon-button ${className}`}
      >
        <Icon name={icon} />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
}

export interface MenuButtonProps {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly onAction: (id: string) => void;
  readonly icon?: IconName;
  /** Shows the label beside the icon. */
  readonly showsLabel?: boolean;
  readonly className?: string;
}

export function MenuButton(props: MenuButtonProps) {
  const { label, entries, onAction, icon = 'more', showsLabel = false, className } = props;
  return (
    <MenuTrigger>
      <AriaButton
        className={className ?? (showsLabel ? 'button quiet' : 'icon-button')}
        {...(!showsLabel && { 'aria-label': label })}
      >
        <Icon name={icon} size={showsLabel ? 18 : 20} />
        {showsLabel && <span>{label}</span>}
      </AriaButton>
      <Popover className="popover">
        <Menu
          className="menu"
          aria-label={label}
          onAction={(key: Key) => onAction(String(key))}
          disabledKeys={entries.filter(({ isDisabled }) => isDisabled).map(({ id }) => id)}
        >
          {entries.map((entry) => (
            <MenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              className={entry.isDanger ? 'menu-item danger' : 'menu-item'}
            >
              {entry.icon !== undefined && <Icon name={entry.icon} size={18} />}
              <span>{entry.label}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

export interface SheetProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Stays in sight below what scrolls. */
  readonly footer?: ReactNode;
  readonly onClose: () => void;
  readonly size?: 'small' | 'medium' | 'large';
  /** There is nothing in it that takes the focus, so it does itself, to be scrolled by keys. */
  readonly isText?: boolean;
}

/** A dialog; on the phone a sheet that comes from below. */
export function Sheet({ title, children, footer, onClose, size = 'medium', isText }: SheetProps) {
  const { t } = useWords();
  return (
    <ModalOverlay
      isOpen
      isDismissable
      className="overlay"
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Modal className={`sheet ${size}`}>
        <Dialog className="dialog">
          <header className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <IconButton icon="close" label={t('common.close')} onPress={onClose} />
          </header>
          <div className="dialog-body" {...(isText && { tabIndex: 0 })}>
            {children}
          </div>
          {footer !== undefined && <footer className="dialog-foot">{footer}</footer>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface SheetFooterProps {
  readonly onCancel: () => void;
  /** What the sheet is for, and the word for it. */
  readonly onDo: () => void;
  readonly doing: string;
  readonly isDisabled?: boolean;
  readonly kind?: 'primary' | 'danger';
  readonly icon?: IconName;
  /** Enter does it. */
  readonly takesFocus?: boolean;
}

/** To leave a sheet, or to do what it is for. */
export function SheetFooter(props: SheetFooterProps) {
  const { onCancel, onDo, doing, kind = 'primary', takesFocus = false, ...rest } = props;
  const { t } = useWords();
  return (
    <>
      <Button onPress={onCancel}>{t('common.cancel')}</Button>
      <Button {...rest} kind={kind} autoFocus={takesFocus} onPress={onDo}>
        {doing}
      </Button>
    </>
  );
}
