/** At certain times other limits hold. */
import type { Settings } from '@coequal/contract';

export interface Limits {
  /** Bytes per second; undefined: none. */
  readonly up: number | undefined;
  readonly down: number | undefined;
}

const DAYS_A_WEEK = 7;

/** `now` in the peer's own time zone. */
export function isScheduled(settings: Settings, now: Date): boolean {
  if (!settings.scheduleIsOn) return false;
  const minute = now.getHours() * 60 + now.getMinutes();
  const day = now.getDay();
  const from = minuteOf(settings.scheduleFrom);
  const to = minuteOf(settings.scheduleTo);
  const holds = (on: number): boolean => settings.scheduleDays.includes(on);
  if (from < to) return holds(day) && minute >= from && minute < to;
  // it ends on the day after the one it began on
  const yesterday = (day + DAYS_A_WEEK - 1) % DAYS_A_WEEK;
  return (holds(day) && minute >= from) || (holds(yesterday) && minute < to);
}

export function limitsAt(settings: Settings, now: Date): Limits {
  const isOn = isScheduled(settings, now);
  const up = isOn ? settings.scheduleUploadMax : settings.uploadMax;
  const down = isOn ? settings.scheduleDownloadMax : settings.downloadMax;
  return { up: up ?? undefined, down: down ?? undefined };
}

/** Of the day. */
function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
