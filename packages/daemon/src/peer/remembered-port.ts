/** A port that was taken once and is to be the same again: others know it. */
import type { SettingRecords } from '../store/setting-records.ts';

export interface RememberedPort {
  readonly last: () => number | undefined;
  readonly take: (port: number) => void;
}

export function rememberedPort(remembered: SettingRecords, key: string): RememberedPort {
  const last = (): number | undefined => {
    const port = remembered.get(key);
    return typeof port === 'number' ? port : undefined;
  };
  return { last, take: (port) => void (port !== last() && remembered.put(key, port)) };
}
