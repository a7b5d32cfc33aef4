/** German: the frame, the first run, home, help. */
export const page = {
  'common.close': 'Schließen',
  'common.cancel': 'Abbrechen',
  'common.save': 'Speichern',
  'common.clear': 'Leeren',
  'common.undo': 'Rückgängig',
  'common.asking': 'Der Peer wird gefragt …',
  'common.try-again': 'Noch einmal versuchen',
  'common.on': 'Ein',
  'common.off': 'Aus',
  'toast.region': 'Hinweise',
  'copy.do': 'Kopieren',
  'copy.done': 'Kopiert',
  'copy.failed':
    'Der Browser lässt das Kopieren nicht zu. Markiere den Text und kopiere ihn selbst.',
  'problem.no-answer': 'Der Peer hat nicht geantwortet',
  'problem.no-answer-hint': 'Es wurde nichts geändert. Versuche es gleich noch einmal.',
  'load.failed': 'Dieser Teil der Seite konnte nicht geladen werden',
  'load.failed-text':
    'Vielleicht wurde der Peer neu gestartet und hat eine neuere Seite. Nichts ist verloren: Lade die Seite neu.',
  'load.again': 'Neu laden',

  'nav.label': 'Hauptbereich',
  'nav.skip': 'Zum Inhalt springen',
  'nav.home': 'Start',
  'nav.transfers': 'Übertragungen',
  'nav.share': 'Teilen',
  'nav.reach': 'Erreichbar',
  'nav.doctor': 'Prüfung',
  'nav.log': 'Protokoll',
  'nav.settings': 'Einstellungen',
  'nav.more': 'Mehr',
  'nav.add': 'Hinzufügen',
  'announce.more': '{count, plural, one {# weiterer Hinweis} other {# weitere Hinweise}}',

  'no-answer.title': 'Der Peer antwortet nicht.',
  'no-answer.text':
    'Diese Seite ist nur ein Fenster: Deine Übertragungen sind im Peer, und nichts geht verloren. Wurde er beendet, starte ihn in einem Terminal neu:',
  'no-answer.now': 'Jetzt versuchen',
  'no-answer.trying': 'Er wird gesucht …',
  'no-answer.next':
    '{seconds, plural, one {Nächster Versuch in # Sekunde.} other {Nächster Versuch in # Sekunden.}}',
  'signed-out.title': 'Dieser Browser ist nicht angemeldet',
  'signed-out.text':
    'Öffne den Link, den der Peer beim Start ausgibt. Er gilt einmal und meldet diesen Browser an. Einen neuen gibt es so:',
  'signed-out.why':
    'Ein Passwort gibt es nicht: Nur wer diesen Computer benutzen kann, kann einen Link machen; sonst kommt niemand herein.',

  'drop.here': 'Zum Hinzufügen ablegen',
  'drop.refused': '„{name}“ ist keine .torrent-Datei',
  'drop.refused-hint': 'Um eigene Dateien weiterzugeben, benutze „Teilen“.',
  'drop.nothing': 'Darin ist nichts, was hinzugefügt werden kann',
  'drop.nothing-hint':
    'Möglich sind Magnet-Links, http(s)-Adressen von .torrent-Dateien und .torrent-Dateien.',

  'first.steps': 'Schritte',
  'first.step-what': 'Was das ist',
  'first.step-where': 'Wohin Dateien kommen',
  'first.step-begin': 'Anfangen',
  'first.next': 'Weiter',
  'first.back': 'Zurück',
  'first.what-title': 'Dein Computer wird ein Peer',
  'first.what-lead':
    'Coequal holt Dateien von den Computern anderer und gibt sie an andere weiter. Niemand steht dazwischen, und es gibt kein Konto.',
  'first.what-equal': 'Alle sind gleich',
  'first.what-equal-text':
    'Was du holst, kommt in Stücken von vielen Computern. Jedes Stück wird geprüft, bevor es benutzt wird.',
  'first.what-pass-on': 'Du gibst weiter, was du holst',
  'first.what-pass-on-text':
    'Solange eine Übertragung läuft, bekommen andere Stücke davon von dir. Du kannst sie jederzeit anhalten oder entfernen. Teile nur, was du teilen darfst.',
  'first.what-seen': 'Andere sehen deine Adresse',
  'first.what-seen-text':
    'Wer an derselben Übertragung teilnimmt, sieht deine Netzadresse und was du davon hast. So arbeiten solche Netze; anonym ist das nicht.',
  'first.what-nothing': 'Noch wurde nichts gesendet',
  'first.what-nothing-text':
    'Bis du diese Schritte beendest, fragt dieser Peer niemanden, und niemand erreicht ihn. Von deiner Festplatte wird nur geteilt, was du auswählst.',
  'first.consent':
    'Ich verstehe, dass das, was ich hole, an andere weitergegeben wird, und dass sie meine Adresse sehen.',
  'first.where-title': 'Wohin sollen Dateien?',
  'first.where-lead':
    'Wähle einen Ordner mit genug Platz. Für jede Übertragung kannst du einen anderen wählen.',
  'first.where-text':
    'Fehlt der Ordner, wird er angelegt. Sonst wird auf der Festplatte nichts angefasst.',
  'first.where-locked': 'Das steht in config.toml oder wurde beim Start des Peers festgelegt.',
  'first.begin-title': 'Was möchtest du zuerst tun?',
  'first.begin-lead': 'Ab hier sucht der Peer andere. Du kannst dich auch nur umsehen.',
  'first.begin-get':
    'Füge einen Magnet-Link oder eine Adresse ein, oder wähle eine .torrent-Datei.',
  'first.begin-share':
    'Wähle eigene Dateien oder einen Ordner und bekomme einen Link, den du weitergeben kannst.',
  'first.share': 'Dateien zum Teilen wählen',
  'first.look': 'Nur umsehen',

  'home.title': 'Start',
  'home.lead': 'Was hereinkommt, was hinausgeht, was geschehen ist.',
  'home.get': 'Etwas holen',
  'home.share': 'Etwas Eigenes teilen',
  'home.drop': 'Ablegen, einfügen oder wählen',
  'home.drop-text':
    'Eine .torrent-Datei, ein Magnet-Link oder eine Adresse. Ablegen und Einfügen geht überall auf dieser Seite.',
  'home.now': 'Jetzt',
  'home.peers':
    '{count, plural, =0 {kein Peer verbunden} one {# Peer verbunden} other {# Peers verbunden}}',
  'home.limited': 'das Tempo ist begrenzt',
  'home.limited-by-schedule': 'der Zeitplan begrenzt das Tempo',
  'home.reach-private': 'nur im lokalen Netz',
  'home.reach-loopback': 'offline: nur auf diesem Computer',
  'home.moving': 'Gerade unterwegs',
  'home.all-transfers': 'Alle Übertragungen',
  'home.nothing-moves': 'Gerade bewegt sich nichts. Warum, steht in der Zeile jeder Übertragung.',
  'home.nothing-yet':
    'Noch ist nichts da. Lege oben eine .torrent-Datei ab oder füge einen Magnet-Link ein.',
  'home.recent': 'Was geschehen ist',
  'home.whole-log': 'Ganzes Protokoll',

  'speed.down': 'Holen',
  'speed.up': 'Weitergeben',
  'speed.span': 'Gezeigte Zeit',
  'speed.label': 'Tempo im Lauf der Zeit. Jetzt: Holen {down}, Weitergeben {up}.',
  'speed.early': 'Noch gibt es nichts zu zeigen: Alle {interval} kommt ein Wert hinzu.',
  'speed.in-words': 'Dasselbe als Tabelle',
  'speed.when': 'Wann',
  'speed.now': 'jetzt',
  'speed.ago': 'vor {time}',
  'span.minute': 'Eine Minute',
  'span.hour': 'Eine Stunde',
  'span.day': 'Ein Tag',

  'help.title': 'Hilfe',
  'help.keys': 'Tasten',
  'help.keys-off': 'Einzelne Tasten lassen sich in den Einstellungen abschalten.',
  'help.key-search': 'Übertragungen suchen',
  'help.key-add': 'Etwas hinzufügen',
  'help.key-help': 'Diese Hilfe',
  'help.key-move': 'In der Liste bewegen',
  'help.key-extend': 'Mehrere wählen',
  'help.key-choose': 'Wählen oder nicht',
  'help.key-open': 'Einzelheiten zeigen',
  'help.key-all': 'Alle wählen',
  'help.key-remove': 'Entfernen, umkehrbar; Dateien bleiben',
  'help.key-remove-data': 'Mit den Dateien entfernen',
  'help.key-paste': 'Den kopierten Link hinzufügen',
  'help.key-escape': 'Schließen oder nichts wählen',
  'help.words': 'Wörter',
  'help.word-piece': 'Stück',
  'help.about-piece':
    'Dateien sind in Stücke geteilt, die von verschiedenen Computern kommen. Jedes wird geprüft, bevor es benutzt wird.',
  'help.word-passing-on': 'Weitergeben',
  'help.about-passing-on': 'Anderen Stücke geben, die du hast. Heißt auch Seeden oder Hochladen.',
  'help.word-magnet': 'Magnet-Link',
  'help.about-magnet':
    'Ein Link, der etwas durch seinen Fingerabdruck benennt. Was er enthält, wird andere Peers gefragt.',
  'help.word-tracker': 'Tracker (Vermittler)',
  'help.about-tracker': 'Ein Server, der Peers voneinander sagt. Er sieht Adressen, nie Dateien.',
  'help.word-dht': 'DHT (Verzeichnis)',
  'help.about-dht': 'Ein Verzeichnis, das alle Peers gemeinsam führen, ohne Server.',
  'help.word-reachable': 'Erreichbar',
  'help.about-reachable':
    'Andere können von sich aus zu dir kommen. Auch ohne das geht alles, mit weniger Peers.',
  'help.word-ratio': 'Verhältnis',
  'help.about-ratio':
    'Wie oft du die Größe eines Transfers weitergegeben hast. 1,00 heißt: einmal.',
} as const;
