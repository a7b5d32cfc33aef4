/** A local network in this process: what one says to the group all hear, also who said it. */
import type { MdnsEvents, OpenMdns } from '../../../src/io/lan/mdns-socket.ts';

export class GroupNetwork {
  readonly #members = new Map<string, MdnsEvents>();
  /** All that was announced. */
  readonly said: { readonly bytes: Uint8Array; readonly from: string }[] = [];
  queries = 0;

  readonly open: OpenMdns = (host, events) => {
    this.#members.set(host, events);
    return {
      query: () => {
        this.queries += 1;
        this.#tell((member) => member.onQuery(host));
      },
      queryAny: () => undefined,
      announce: (announcements) => {
        for (const bytes of announcements) this.say(bytes, host);
      },
      [Symbol.asyncDispose]: async () => void this.#members.delete(host),
    };
  };

  /** Also somebody who has joined nothing may say something. */
  say(bytes: Uint8Array, from: string): void {
    this.said.push({ bytes, from });
    this.#tell((member) => member.onAnnouncement(bytes, from));
  }

  #tell(run: (member: MdnsEvents) => void): void {
    for (const member of this.#members.values()) queueMicrotask(() => run(member));
  }
}
