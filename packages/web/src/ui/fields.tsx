/** Fields with their label, explanation and error, over React Aria. */
import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField as AriaSearchField,
  Select as AriaSelect,
  SelectValue,
  Switch as AriaSwitch,
  Text,
  TextArea,
  TextField as AriaTextField,
} from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';

export interface FieldProps {
  readonly label: string;
  readonly description?: string | undefined;
  /** The label is read out but not seen: what is around says the same. */
  readonly isLabelHidden?: boolean;
  readonly isDisabled?: boolean;
}

export interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** When the person is done: Enter, or leaving the field. */
  readonly onCommit?: () => void;
  readonly onEnter?: () => void;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly inputMode?: 'text' | 'decimal' | 'numeric' | 'url';
  readonly lines?: number;
  readonly autoFocus?: boolean;
  /** Paths and addresses read from left to right in every language. */
  readonly isCode?: boolean;
  readonly type?: 'text' | 'time' | 'password';
}

export function TextField(props: TextFieldProps) {
  const { label, description, isLabelHidden, error, placeholder, inputMode, lines, onCommit } =
    props;
  const {
    isCode = false,
    type = 'text',
    value,
    onChange,
    isDisabled = false,
    autoFocus = false,
  } = props;
  const common = {
    className: isCode ? 'input code' : 'input',
    ...(placeholder !== undefined && { placeholder }),
    ...(isCode && { dir: 'ltr' as const, spellCheck: false }),
  };
  return (
    <AriaTextField
      className="field"
      type={type}
      value={value}
      onChange={onChange}
      isDisabled={isDisabled}
      isInvalid={error !== undefined}
      autoFocus={autoFocus}
      autoComplete="off"
      {...(isLabelHidden && { 'aria-label': label })}
      {...(inputMode !== undefined && { inputMode })}
      onBlur={() => onCommit?.()}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || lines !== undefined) return event.continuePropagation();
        onCommit?.();
        props.onEnter?.();
        return undefined;
      }}
    >
      {!isLabelHidden && <Label>{label}</Label>}
      {lines === undefined ? <Input {...common} /> : <TextArea {...common} rows={lines} />}
      {description !== undefined && <Text slot="description">{description}</Text>}
      <FieldError className="error">{error}</FieldError>
    </AriaTextField>
  );
}

export interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly id?: string;
}

export function SearchField({ label, value, onChange, id }: SearchFieldProps) {
  const { t } = useWords();
  return (
    <AriaSearchField className="search" aria-label={label} value={value} onChange={onChange}>
      <Icon name="search" size={18} />
      <Input className="search-input" placeholder={label} {...(id !== undefined && { id })} />
      {value !== '' && (
        <AriaButton className="search-clear" aria-label={t('common.clear')}>
          <Icon name="close" size={16} />
        </AriaButton>
      )}
    </AriaSearchField>
  );
}

export interface Option<T extends string> {
  readonly id: T;
  readonly label: string;
}

export interface SelectProps<T extends string> extends FieldProps {
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
  readonly className?: string;
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { label, description, isLabelHidden, value, options, onChange, isDisabled = false } = props;
  return (
    <AriaSelect
      className={`field ${props.className ?? ''}`}
      value={value}
      isDisabled={isDisabled}
      {...(isLabelHidden && { 'aria-label': label })}
      onChange={(key) => {
        const chosen = options.find(({ id }) => id === key);
        if (chosen !== undefined) onChange(chosen.id);
      }}
    >
      {!isLabelHidden && <Label>{label}</Label>}
      <AriaButton className="select-button">
        <SelectValue />
        <Icon name="expand" size={16} />
      </AriaButton>
      {description !== undefined && <Text slot="description">{description}</Text>}
      <Popover className="popover">
        <ListBox className="menu" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="menu-item">
              {({ isSelected }) => (
                <>
                  <span className="menu-check">
                    {isSelected && <Icon name="check" size={16} />}
                  </span>
                  <span>{option.label}</span>
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export interface ToggleProps {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly children?: ReactNode;
  readonly label?: string;
  readonly isDisabled?: boolean;
}

export function Switch({ isOn, onChange, children, label, isDisabled = false }: ToggleProps) {
  return (
    <AriaSwitch
      className="switch"
      isSelected={isOn}
      onChange={onChange}
      isDisabled={isDisabled}
      {...(label !== undefined && { 'aria-label': label })}
    >
      <span className="switch-track" aria-hidden="true">
        <span className="switch-thumb" />
      </span>
      {children}
    </AriaSwitch>
  );
}

export interface CheckboxProps extends ToggleProps {
  readonly isMixed?: boolean;
}

export function Checkbox(props: CheckboxProps) {
  const { isOn, onChange, children, label, isDisabled = false, isMixed = false } = props;
  return (
    <AriaCheckbox
      className="checkbox"
      isSelected={isOn}
      isIndeterminate={isMixed}
      isDisabled={isDisabled}
      onChange={onChange}
      {...(label !== undefined && { 'aria-label': label })}
    >
      <span className="checkbox-box" aria-hidden="true">
        {isMixed ? <span className="checkbox-mixed" /> : <Icon name="check" size={16} />}
      </span>
      {children !== undefined && <span>{children}</span>}
    </AriaCheckbox>
  );
}
