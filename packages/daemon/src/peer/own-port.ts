/** The port at which other peers reach this one: the last, and whether the router lets them in there. */
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import type { SettingRecords } from '../store/setting-records.ts';
import { definite } from './explain.ts';
import type { Journal } from './journal.ts';
import { rememberedPort } from './remembered-port.ts';
import type { RememberedPort } from './remembered-port.ts';

const LAST_PORT = 'peer.lastPort';

export class OwnPort {
  readonly #port: RememberedPort;
  readonly #journal: Journal;
  #mapping: MappingStatus | undefined;

  constructor(remembered: SettingRecords, journal: Journal) {
    this.#port = rememberedPort(remembered, LAST_PORT);
    this.#journal = journal;
  }

  /** Peers and routers know it. */
  get last(): number | undefined {
    return this.#port.last();
  }

  /** Undefined before the router was asked. */
  get mapping(): MappingStatus | undefined {
    return this.#mapping;
  }

  take(port: number): void {
    this.#port.take(port);
  }

  noteMapping(status: MappingStatus): void {
    const isNews = JSON.stringify(status) !== JSON.stringify(this.#mapping);
    this.#mapping = status;
    if (!isNews) return;
    if (status.type === 'failed') {
      this.#journal.tell('info', 'PORT_NOT_MAPPED', { reason: status.reason });
      return;
    }
    const { router, mappings } = status;
    const details = definite({ router, port: mappings[0]?.externalPort });
    this.#journal.tell('info', 'PORT_MAPPED', details);
  }
}
