/** German: what the peer tells by a code. */
export const reasons = {
  'reason.CHECKING': 'Was auf der Platte liegt, wird verglichen: {checked} von {total}',
  'reason.DISK_FULL': 'Die Platte ist voll, bei {path}. Es geht weiter, wenn Platz ist',
  'reason.NO_SOURCES':
    'Es nennt keinen Tracker, der gefragt werden darf, und kein Peer ist bekannt',
  'hint.NO_SOURCES':
    'Schalte in den Einstellungen die DHT ein, oder nenne unter „Peers“ einen, den du kennst.',
  'reason.ASKING_TRACKERS':
    '{trackers, plural, one {# Tracker wird nach Peers gefragt} other {# Tracker werden nach Peers gefragt}}',
  'reason.NO_PEERS':
    '{answered, plural, =0 {Noch keine Peers: kein Tracker hat geantwortet} one {Noch keine Peers: # Tracker hat geantwortet und kennt keine} other {Noch keine Peers: # Tracker haben geantwortet und kennen keine}}',
  'reason.DIALING':
    '{dialing, plural, one {# Peer wird verbunden} other {# Peers werden verbunden}}',
  'reason.UNREACHABLE':
    '{candidates, plural, one {# Peer ist bekannt, aber nicht zu erreichen; es wird weiter versucht} other {# Peers sind bekannt, aber keiner ist zu erreichen; es wird weiter versucht}}',
  'reason.WAITING_FOR_METADATA':
    '{peers, plural, one {Wartet, bis # Peer sagt, was darin ist} other {Wartet, bis einer von # Peers sagt, was darin ist}}',
  'reason.PIECES_MISSING':
    '{peers, plural, one {# Peer ist verbunden, hat aber keines der fehlenden Stücke} other {# Peers sind verbunden, aber keiner hat die fehlenden Stücke}}',
  'reason.CHOKED':
    '{peers, plural, one {Wartet, bis es bei # Peer dran ist} other {Wartet, bis es bei # Peers dran ist}}',
  'reason.WAITING_FOR_BLOCKS':
    '{peers, plural, one {Wartet, dass # Peer sendet} other {Wartet, dass # Peers senden}}',

  'reason.PEER_STARTED': 'Coequal {version} ist gestartet',
  'reason.PEER_STOPPED': 'Coequal ist beendet',
  'reason.SET_UP': 'Die ersten Schritte sind getan: Der Peer darf andere erreichen',
  'reason.SERVICE_FAILED': 'Der Teil „{service}“ ist ausgefallen und wird neu gestartet: {problem}',
  'reason.TRANSFER_ADDED': 'Hinzugefügt: {name}',
  'reason.TRANSFER_COMPLETED': 'Vollständig, jedes Byte geprüft: {name}',
  'reason.TRANSFER_REMOVED': 'Entfernt: {name}',
  'reason.DATA_KEPT':
    '{files, plural, one {# Datei von {name} konnte nicht gelöscht werden} other {# Dateien von {name} konnten nicht gelöscht werden}}',
  'reason.PORT_MAPPED': 'Der Router {router} lässt Peers herein',
  'reason.PORT_NOT_MAPPED': 'Kein Router lässt Peers herein: {reason}',
  'reason.SIGNED_IN': 'Ein Browser hat sich angemeldet',
  'reason.SIGN_IN_REFUSED':
    'Jemand bei {address} wollte sich mit einem falschen Geheimnis anmelden',
  'reason.SETTINGS_CHANGED': 'Einstellungen geändert: {keys}',

  'reason.SERVICE_RUNNING': 'Der Teil „{service}“ läuft',
  'reason.SERVICE_WAITING': 'Der Teil „{service}“ läuft noch nicht',
  'reason.NO_PORT': 'Peers können sich nicht verbinden: Noch ist nichts offen',
  'hint.NO_PORT': 'Füge eine Übertragung hinzu.',
  'reason.PORT_OPEN': 'Peers kommen bei Port {port} herein',
  'reason.REACHED': 'Andere sind von sich aus zu diesem Peer gekommen',
  'reason.NOT_REACHED': 'Noch ist niemand von sich aus zu diesem Peer gekommen',
  'hint.NOT_REACHED':
    'Es geht auch so, mit weniger Peers. Erlaube im Router Portfreigaben (UPnP oder PCP), oder leite den Port von Hand weiter.',
  'reason.FOLDER_TO_COME': '{path} wird angelegt, wenn er gebraucht wird',
  'reason.FOLDER_GOOD': 'In {path} kann geschrieben werden',
  'reason.NOT_PERMITTED': 'In {path} darfst du nicht schreiben',
  'hint.NOT_PERMITTED': 'Wähle einen anderen Ordner, oder ändere seine Rechte.',
  'reason.SPACE_UNKNOWN': 'Wie viel frei ist, zeigt sich, wenn der Ordner da ist',
  'reason.SPACE_GOOD': '{free} sind frei',
  'reason.SPACE_SHORT': 'Nur {free} sind frei; {wanted} sollen es bleiben',
  'hint.SPACE_SHORT': 'Schaffe Platz, oder wähle einen Ordner auf einer anderen Platte.',

  'reason.NOT_FOUND': 'Bei {path} ist nichts',
  'hint.NOT_FOUND': 'Prüfe den Pfad.',
  'reason.READ_ONLY_DISK': 'Die Platte von {path} kann nur gelesen werden',
  'hint.READ_ONLY_DISK': 'Wähle einen anderen Ordner.',
  'reason.DISK_FAILED': 'Die Platte hat versagt, bei {path}',
  'hint.DISK_FAILED': 'Sieh nach, ob die Platte angeschlossen und heil ist, und setze es fort.',
  'reason.CONTENT_MISSING': 'Dateien, die da waren, sind weg',
  'hint.CONTENT_MISSING': 'Lass die Dateien noch einmal prüfen: Was fehlt, wird geholt.',
  'reason.NOTHING_TO_SHARE': 'In {path} sind keine Daten: nichts zu teilen',
  'reason.FILE_CHANGED': 'Eine Datei hat sich geändert, während sie gelesen wurde',
  'hint.FILE_CHANGED': 'Warte, bis dort nichts mehr schreibt, und versuche es noch einmal.',
  'reason.ADDRESS_IN_USE': 'Port {port} gehört schon einem anderen Programm',
  'hint.ADDRESS_IN_USE': 'Wähle in den Einstellungen einen anderen, oder 0 für irgendeinen freien.',
  'reason.BIND_NOT_HERE':
    'Auf diesem Computer gibt es keine Adresse oder Schnittstelle {what}, oder sie ist aus',
  'hint.BIND_NOT_HERE':
    'Es wird auf keinem anderen Weg gesendet. Sieh in den Einstellungen unter „Verbindungen“ nach.',
  'reason.NAME_NOT_FOUND': 'Kein Computer namens {host} wurde gefunden',
  'hint.NAME_NOT_FOUND': 'Prüfe die Schreibweise und deine Verbindung.',
  'reason.HTTP_STATUS': 'Der Server antwortete {status} statt mit einer .torrent-Datei',
  'hint.HTTP_STATUS':
    'Prüfe die Adresse, oder öffne sie in einem Browser: Vielleicht musst du dich dort anmelden.',
  'reason.HTTP_FAILED': 'Der Server ist nicht zu erreichen',
  'hint.HTTP_FAILED': 'Prüfe die Adresse und deine Verbindung.',
  'reason.HTTP_TIMEOUT': 'Der Server brauchte zu lange',
  'hint.HTTP_TIMEOUT': 'Versuche es später noch einmal.',
  'reason.BAD_MAGNET': 'Dieser Magnet-Link ist nicht zu gebrauchen',
  'hint.BAD_MAGNET': 'Kopiere den ganzen Link, ab „magnet:?“.',
  'reason.BENCODE_INVALID': 'Das ist keine .torrent-Datei, oder eine beschädigte',
  'hint.BENCODE_INVALID': 'Hole die .torrent-Datei noch einmal von dort, wo sie herkam.',
  'reason.BAD_SOURCE':
    'Das ist weder ein Magnet-Link noch eine .torrent-Datei noch eine http(s)-Adresse',

  'reason.NOT_SIGNED_IN': 'Dieser Browser ist nicht mehr angemeldet',
  'reason.SCOPE_MISSING': 'Dieser Browser darf das nicht',
  'reason.NO_SUCH_TRANSFER': 'Diese Übertragung gibt es nicht mehr',
  'reason.NO_SUCH_CATEGORY': 'Diese Kategorie gibt es nicht mehr',
  'reason.NO_SUCH_FOLDER': 'Diesen Ordner gibt es nicht, oder er darf nicht gelesen werden',
  'reason.ALREADY_ADDED': 'Es ist schon unter deinen Übertragungen',
  'reason.SETTING_LOCKED':
    'Das ist anderswo festgelegt: von config.toml, der Umgebung oder beim Start',
  'reason.NOT_POSSIBLE_NOW': 'Das geht gerade nicht',
  'reason.TOO_LARGE': 'Das ist zu groß',
  'reason.TOO_MANY_REQUESTS': 'Zu viel auf einmal gefragt',
  'hint.TOO_MANY_REQUESTS': 'Warte einen Augenblick und versuche es noch einmal.',
  'reason.INTERNAL': 'Ein Fehler in Coequal, nicht etwas, das du getan hast',
  'hint.INTERNAL': 'Bitte melde ihn, und was du gerade tatest.',
  'reason.SERVICE_DOWN': 'Der Teil des Peers, der das tut, startet gerade neu',
  'hint.SERVICE_DOWN': 'Versuche es gleich noch einmal.',
  'reason.NO_PEER': 'Etwas, das kein Coequal-Peer ist, hat geantwortet',

  'reason.WATCHED_REFUSED':
    '{path} im beobachteten Ordner kann nicht hinzugefügt werden: {problem}',
  'reason.ADDRESS_GONE': 'Die Adresse {host}, von der alles gesendet wird, ist weg',
  'hint.ADDRESS_GONE':
    'Es wird auf keinem anderen Weg gesendet. Es geht weiter, wenn sie wieder da ist.',
  'reason.LISTEN_FAILED': 'Port {port} lässt sich nicht öffnen',
  'hint.LISTEN_FAILED': 'Wähle in den Einstellungen einen anderen, oder 0 für irgendeinen freien.',
  'reason.OUTSIDE_REACH': '{host} liegt außerhalb des Netzes, das dieser Peer erreichen darf',
  'hint.OUTSIDE_REACH': 'Er wurde mit --offline oder --lan-only gestartet.',
  'reason.ROUTER_SILENT': 'Kein Router hat geantwortet',
  'reason.NOT_A_FILE': 'Bei {path} ist etwas anderes, wo eine Datei nötig ist',
  'hint.NOT_A_FILE': 'Verschiebe es, oder wähle einen anderen Ordner.',
  'reason.FILE_EXISTS': '{path} gibt es schon',
  'hint.FILE_EXISTS': 'Wähle einen anderen Namen oder Ordner.',
  'reason.TOO_MANY_OPEN_FILES': 'Das System lässt den Peer keine weiteren Dateien öffnen',
  'hint.TOO_MANY_OPEN_FILES': 'Erhöhe die Grenze im System, oder schließe andere Programme.',
  'reason.TOO_MANY_FILES': 'In {path} sind zu viele Dateien',
  'reason.PATH_TOO_LONG': 'Ein Pfad ist zu lang für das System',
  'hint.PATH_TOO_LONG': 'Wähle einen Ordner mit einem kürzeren Pfad.',
  'reason.TORRENT_IN_USE': 'Ein anderes Programm arbeitet an denselben Dateien',
  'hint.TORRENT_IN_USE': 'Beende das zuerst, oder wähle einen anderen Ordner.',
  'reason.RESUME_DATA_BAD': 'Der gespeicherte Fortschritt ist nicht lesbar',
  'hint.RESUME_DATA_BAD': 'Lass die Dateien noch einmal prüfen.',
  'reason.CONTENT_PATH_MISSING': 'Bei {path} ist nichts',
  'reason.CONTENT_NOT_THERE': 'Keine seiner Dateien ist in {path}',
  'reason.METAINFO_FIELD': 'Die .torrent-Datei ist beschädigt: „{field}“ ist falsch oder fehlt',
  'hint.METAINFO_FIELD': 'Hole die .torrent-Datei noch einmal von dort, wo sie herkam.',
  'reason.METAINFO_EMPTY': 'Es enthält keine Daten: Alle Dateien sind leer',
  'reason.METAINFO_PIECES':
    'Die .torrent-Datei ist beschädigt: Ihre Stücke passen nicht zu ihren Dateien',
  'reason.HYBRID_HASHES_DIFFER':
    'Die beiden Hälften sind sich über ein Stück uneins: Ganz kann es niemand haben',
  'hint.HYBRID_HASHES_DIFFER': 'Wer es gemacht hat, kann es neu machen.',
  'reason.HTTP_BODY_TOO_LONG': 'Was der Server sandte, ist zu lang für eine .torrent-Datei',
  'hint.HTTP_BODY_TOO_LONG': 'Die Adresse sollte die der .torrent-Datei selbst sein.',
  'reason.HTTP_BAD_URL': 'Das ist keine gültige http- oder https-Adresse',
  'reason.NAME_NOT_PORTABLE': '{path} kann nicht auf jedem System so heißen',
  'hint.NAME_NOT_PORTABLE':
    'Benenne es um: ohne \\ : * ? " < > | und ohne Leerzeichen oder Punkt am Ende.',
  'reason.SETTING_WRONG': 'Diesen Wert kann diese Einstellung nicht haben',
  'reason.BAD_REQUEST': 'Der Peer versteht nicht, was die Seite fragte',
  'hint.BAD_REQUEST': 'Lade die Seite neu: Vielleicht ist der Peer neuer als sie.',
  'reason.LOCKED_OUT': 'Es gab zu viele falsche Anmeldeversuche',
  'hint.LOCKED_OUT': 'Warte einige Minuten und öffne dann einen neuen Link.',
  'reason.REQUEST_TIMEOUT': 'Es dauerte zu lange',
  'reason.NO_SUCH_FILE': 'Diese Datei gibt es darin nicht',
  'reason.BUG': 'Ein Fehler in Coequal, nicht etwas, das du getan hast',
} as const;
