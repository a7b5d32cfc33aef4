/** Short notices that go by themselves: what was done, with its undo, and what failed. */
import { RequestRefused } from '@coequal/contract';
import type { ReactNode } from 'react';
import { createContext, use, useCallback, useState } from 'react';
import {
  Button as AriaButton,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import type { Words } from '../i18n/language.ts';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';

interface Notice {
  readonly title: string;
  readonly hint?: string | undefined;
  readonly isProblem: boolean;
  /** The next of the same subject takes its place. */
  readonly subject?: string | undefined;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

type Notify = (notice: Omit<Notice, 'isProblem'>, timeoutMs?: number) => void;

const NOTICES_MAX = 3;
const NOTICE_MS = 6_000;

const QueueContext = createContext<ToastQueue<Notice> | undefined>(undefined);

export function Toasts({ children }: { readonly children: ReactNode }) {
  const { t } = useWords();
  const [queue] = useState(() => new ToastQueue<Notice>({ maxVisibleToasts: NOTICES_MAX }));
  return (
    <QueueContext value={queue}>
      {children}
      <ToastRegion queue={queue} className="toasts" aria-label={t('toast.region')}>
        {({ toast }) => (
          <Toast toast={toast} className={toast.content.isProblem ? 'toast problem' : 'toast'}>
            {toast.content.isProblem && <Icon name="warn" />}
            <ToastContent className="toast-text">
              <Text slot="title">{toast.content.title}</Text>
              {toast.content.hint !== undefined && (
                <Text slot="description">{toast.content.hint}</Text>
              )}
            </ToastContent>
            {toast.content.action !== undefined && (
              <AriaButton
                className="toast-action"
                onPress={() => {
                  toast.content.action?.run();
                  queue.close(toast.key);
                }}
              >
                {toast.content.action.label}
              </AriaButton>
            )}
            <AriaButton slot="close" className="toast-close" aria-label={t('common.close')}>
              <Icon name="close" size={16} />
            </AriaButton>
          </Toast>
        )}
      </ToastRegion>
    </QueueContext>
  );
}

function useQueue(): ToastQueue<Notice> {
  const queue = use(QueueContext);
  if (queue === undefined) throw new Error('outside of Toasts');
  return queue;
}

export function useNotify(): Notify {
  const queue = useQueue();
  return useCallback(
    (notice, timeoutMs = NOTICE_MS) => {
      if (notice.subject !== undefined) closeNotices(queue, notice.subject);
      queue.add({ ...notice, isProblem: false }, { timeout: timeoutMs });
    },
    [queue],
  );
}

/** Takes away what was said of a subject: it is over. */
export function useEndNotices(): (subject: string) => void {
  const queue = useQueue();
  return useCallback((subject) => closeNotices(queue, subject), [queue]);
}

function closeNotices(queue: ToastQueue<Notice>, subject: string): void {
  for (const { key, content } of queue.visibleToasts)
    if (content.subject === subject) queue.close(key);
}

/** What went wrong and what to do, in the page's language. */
export function problemWords(
  words: Words,
  error: unknown,
): { title: string; hint?: string | undefined } {
  if (error instanceof RequestRefused)
    return { title: words.tell(error.explanation), hint: words.hint(error.explanation) };
  return { title: words.t('problem.no-answer'), hint: words.t('problem.no-answer-hint') };
}

/** Runs what may fail, and says so when it does. True: it worked. */
export function useTry(): (task: () => Promise<unknown>) => Promise<boolean> {
  const queue = useQueue();
  const words = useWords();
  return useCallback(
    async (task) => {
      try {
        await task();
        return true;
      } catch (error) {
        queue.add({ ...problemWords(words, error), isProblem: true }, { timeout: 2 * NOTICE_MS });
        return false;
      }
    },
    [queue, words],
  );
}
