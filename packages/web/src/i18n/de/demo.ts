/** German: the demo. */
import type { demo as en } from '../en/demo.ts';

export const demo: Readonly<Record<keyof typeof en, string>> = {
  'demo.offer': 'Erst sehen, wie es geht',
  'demo.offer-text':
    'Ein paar Peers allein auf diesem Computer teilen einen erfundenen Ordner. Nichts wird irgendwohin gesendet, und nichts bleibt zurück.',
  'demo.try': 'Ohne das Internet ausprobieren',
  'demo.title': 'Ein Schwarm auf diesem Computer',
  'demo.about':
    'Ein Peer hat einen Ordner, die anderen holen ihn. Der erste gibt langsam, damit du siehst, wie die anderen einander weitergeben, was sie haben. Alles bleibt auf diesem Computer und wird am Ende gelöscht.',
  'demo.begin': 'Beginnen',
  'demo.again': 'Noch einmal',
  'demo.stop': 'Abbrechen',
  'demo.step-making': 'Ein Ordner von {size} wird erfunden und sein Fingerabdruck genommen',
  'demo.step-sharing': 'Die Peers holen ihn vom ersten und voneinander',
  'demo.step-comparing': 'Alle Kopien werden Byte für Byte verglichen',
  'demo.done':
    'Alle haben dasselbe, nach {time}. {share} davon gaben die Peers einander. Die Ordner sind gelöscht.',
  'demo.cancelled': 'Du hast es abgebrochen. Die Ordner sind gelöscht.',
  'demo.differ': 'Die Kopien sind verschieden. Bitte melde das. Die Ordner sind gelöscht.',
  'demo.seed': 'Der erste, der ihn hat',
  'demo.peer': 'Peer Nummer {number}',
  'demo.took-gave': 'nahm {taken}, gab {given}',
};
