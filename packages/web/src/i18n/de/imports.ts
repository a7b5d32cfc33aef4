/** German: taking over transfers of other programs. */
export const imports = {
  'nav.import': 'Übertragungen übernehmen',
  'import.title': 'Übertragungen übernehmen',
  'import.lead':
    'Von qBittorrent und Transmission auf diesem Computer. Die Dateien bleiben, wo sie liegen. Was da ist, wird geprüft und nicht noch einmal geholt.',
  'import.settings-text':
    'Hier weitermachen mit dem, was qBittorrent oder Transmission begonnen hat: mit Ordnern, Kategorien, Schlagwörtern und Grenzen.',
  'import.open': 'Nach Übertragungen sehen',
  'import.where': 'Woher',
  'import.looking-around': 'An den üblichen Orten gefunden',
  'import.none-found': 'An den üblichen Orten wurde nichts gefunden',
  'import.none-found-text':
    'Wenn eines der Programme seine Übertragungen in einem anderen Ordner hat, nenne ihn hier unten.',
  'import.place': '{count, plural, one {# Übertragung} other {# Übertragungen}} von {program}',
  'import.look': '{program} ansehen',
  'import.other': 'Ein anderer Ordner',
  'import.other-text':
    'Das Profil von qBittorrent oder sein Ordner BT_backup, oder der Ordner von Transmission, in dem „resume“ und „torrents“ sind.',
  'import.look-there': 'Dort nachsehen',
  'import.looking': 'Liest, was da ist',
  'import.empty': 'Es gibt nichts zu übernehmen',
  'import.empty-text': 'Das Programm hat in diesem Ordner keine Übertragungen.',
  'import.list': 'Übertragungen von {program}',
  'import.all': 'Alle, die bereit sind',
  'import.whole': 'ganz, {size}',
  'import.part': '{have} von {size}',
  'import.magnet': 'Magnet-Link, noch ist nichts bekannt',
  'import.paused': 'pausiert',
  'import.private': 'privat',
  'import.choose': '{name} übernehmen',
  'import.close-first':
    'Schließe {program}, bevor du weitermachst. An dem, was es aufbewahrt, wird nichts geändert; aber zwei Programme dürfen nicht in dieselben Dateien schreiben.',
  'import.do': '{count, plural, one {# Übertragung übernehmen} other {# Übertragungen übernehmen}}',
  'import.doing': 'Übernimmt',
  'import.back': 'Zurück',
  'import.done':
    '{count, plural, =0 {Keine Übertragung wurde übernommen} one {# Übertragung wurde übernommen} other {# Übertragungen wurden übernommen}}',
  'import.done-text':
    'Was da ist, wird jetzt geprüft. Entferne sie in {program} und behalte dort ihre Dateien, oder starte es nicht mehr.',
  'import.refused':
    '{count, plural, one {# Übertragung wurde ausgelassen} other {# Übertragungen wurden ausgelassen}}',
  'import.show': 'Die Übertragungen zeigen',
  'import.first': 'Mach weiter mit dem, was du hast',
  'import.first-text':
    '{count, plural, one {# Übertragung von {program} wurde auf diesem Computer gefunden. Wähle, ob es hier mit ihr weitergeht.} other {# Übertragungen von {program} wurden auf diesem Computer gefunden. Wähle, mit welchen es hier weitergeht.}}',

  'reason.TRANSFERS_IMPORTED':
    '{count, plural, one {# Übertragung von {program} wurde übernommen} other {# Übertragungen von {program} wurden übernommen}}',
  'reason.NO_FOREIGN_STATE': 'Dort sind keine Übertragungen von qBittorrent oder Transmission',
  'hint.NO_FOREIGN_STATE':
    'Nenne den Ordner, in dem es sie aufbewahrt: BT_backup, oder den mit „resume“ und „torrents“.',
  'reason.IMPORT_UNREADABLE': 'Was das andere Programm davon aufbewahrt, lässt sich nicht lesen',
  'hint.IMPORT_UNREADABLE':
    'Wenn es das Programm noch kennt, speichere dort seine .torrent-Datei und füge sie hier hinzu.',
  'reason.IMPORT_NO_TORRENT': 'Seine .torrent-Datei fehlt dort',
  'hint.IMPORT_NO_TORRENT':
    'Füge es mit seinem Magnet-Link oder seiner .torrent-Datei hinzu, mit demselben Ordner.',
  'reason.IMPORT_ALREADY_HERE': 'Es ist schon unter den Übertragungen',
  'reason.IMPORT_BAD_PLACE': 'Sein Ordner ist keiner dieses Computers: {path}',
  'hint.IMPORT_BAD_PLACE':
    'Füge seine .torrent-Datei hinzu, mit dem Ordner, in dem sein Inhalt liegt.',
  'reason.IMPORT_SCATTERED':
    'Seine Dateien liegen nicht zusammen in einem eigenen Ordner, in {path}',
  'hint.IMPORT_SCATTERED':
    'Lege sie mit dem anderen Programm in einen Ordner, so wie der Torrent sie hat, und sieh noch einmal nach.',
  'reason.IMPORT_DATA_MISSING': 'Bei {path} liegt nichts davon: alles würde noch einmal geholt',
  'hint.IMPORT_DATA_MISSING':
    'Ist ein Laufwerk nicht verbunden? Lege die Dateien erst zurück, oder wähle es, um sie neu zu holen.',
  'reason.IMPORT_FILES_MISSING':
    '{count, plural, one {# seiner Dateien fehlt in {path} und würde noch einmal geholt} other {# seiner Dateien fehlen in {path} und würden noch einmal geholt}}',
  'hint.IMPORT_FILES_MISSING': 'Lege sie erst zurück, oder wähle es, um sie neu zu holen.',
  'reason.IMPORT_NOTHING_WANTED':
    'Dort ist keine seiner Dateien gewünscht: es kommt hier pausiert an, und alle sind gewünscht',
  'reason.IMPORT_PRIVATE':
    'Privat: sein Tracker mag es vielleicht nicht, wenn zwei Programme laufen',
  'hint.IMPORT_PRIVATE':
    'Entferne es in {program}, und behalte seine Dateien, bevor es hier läuft.',
  'reason.IMPORT_PROGRAM_RUNS': '{program} scheint zu laufen',
  'hint.IMPORT_PROGRAM_RUNS':
    'Schließe es erst, und sieh noch einmal nach: was es noch nicht geschrieben hat, fehlt hier.',
  'reason.IMPORT_TOO_MANY': 'Nur die ersten {count} werden gezeigt',
} as const;
