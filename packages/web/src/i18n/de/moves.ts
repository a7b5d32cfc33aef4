/** German: content on the way to another place. */
import type { moves as en } from '../en/moves.ts';

export const moves: Readonly<Record<keyof typeof en, string>> = {
  'action.cancel-move': 'Verschieben abbrechen',
  'reason.MOVING': 'Wird nach {path} verschoben',
  'reason.PLACE_CHANGING': 'Sein Platz auf der Platte wird geändert',
  'reason.MOVE_CHECKING':
    'Wird vor dem Verschieben geprüft: {done, number} von {pieces, number} Teilen',
  'reason.MOVE_COPYING': 'Wird nach {path} kopiert: {moved} von {total}',
  'reason.TRANSFER_MOVED': '„{name}“ wurde nach {path} verschoben',
  'reason.MOVE_CANCELLED': 'Das Verschieben von „{name}“ wurde abgebrochen; es ist, wo es war',
  'reason.MOVE_TARGET_EXISTS': '{path} gibt es schon',
  'hint.MOVE_TARGET_EXISTS': 'Wähle einen anderen Ordner, oder räume weg, was dort ist.',
  'reason.CONTENT_CHANGED': 'Was in {path} ist, ist nicht mehr, was es vollständig war',
  'hint.CONTENT_CHANGED':
    'Prüfe die Dateien zuerst noch einmal: Was beschädigt ist, wird neu geholt. Was du selbst geändert hast, verschiebe von Hand.',
};
