/** Who is known near, and by what, told to the local network when that is not as it was. */
import { equalBytes } from '@coequal/base';
import type { Lan, LanSecrets, People } from '@coequal/mesh';

export class NearSecrets {
  readonly #lan: Pick<Lan, 'setSecrets'>;
  readonly #people: Pick<People, 'nearSecrets'>;
  #told: LanSecrets | undefined;

  constructor(lan: Pick<Lan, 'setSecrets'>, people: Pick<People, 'nearSecrets'>) {
    this.#lan = lan;
    this.#people = people;
  }

  /** Contacts, invitations, acceptances or the own devices may have changed, or time has passed. */
  refresh(): void {
    const secrets = this.#people.nearSecrets();
    if (this.#told !== undefined && isSame(this.#told, secrets)) return;
    this.#told = secrets;
    this.#lan.setSecrets(secrets);
  }
}

function isSame(one: LanSecrets, other: LanSecrets): boolean {
  return (
    isSameList(one.own, other.own) &&
    one.others.size === other.others.size &&
    [...one.others].every(([device, secrets]) =>
      isSameList(secrets, other.others.get(device) ?? []),
    )
  );
}

function isSameList(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return (
    one.length === other.length &&
    one.every((secret, at) => equalBytes(secret, other[at] ?? new Uint8Array()))
  );
}
