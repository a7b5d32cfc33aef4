/** German: settings. */
export const settings = {
  'settings.title': 'Einstellungen',
  'settings.lead': 'Was du änderst, gilt sofort.',
  'settings.search': 'Einstellungen durchsuchen',
  'settings.none': 'Keine Einstellung passt',
  'settings.none-text':
    'Versuche ein anderes Wort: Gefunden wird nach dem Namen und nach dem, was sie tut.',
  'settings.default': 'Vorgabe: {value}',
  'settings.reset': 'Zurücksetzen',
  'settings.none-set': 'keine',
  'settings.no-goal': 'nie',
  'settings.any-port': 'irgendein freier',
  'origin.config.toml': 'Von config.toml festgelegt',
  'origin.environment': 'Von einer Umgebungsvariable festgelegt',
  'origin.flag': 'Beim Start des Peers festgelegt',
  'settings.group-page': 'Diese Seite',
  'settings.group-page-text':
    'Wie sie aussieht und spricht. Der Peer merkt es sich, für alle Browser.',
  'settings.group-places': 'Ordner und Platz',
  'settings.group-places-text': 'Wohin Dateien kommen, und wie viel Platz frei bleibt.',
  'settings.group-speed': 'Tempo',
  'settings.group-speed-text':
    'Für alle Übertragungen zusammen. Jede kann daneben eigene Grenzen haben.',
  'settings.group-schedule': 'Zeitplan',
  'settings.group-schedule-text': 'Andere Grenzen zu bestimmten Zeiten, etwa während der Arbeit.',
  'settings.group-queue': 'Warteschlange und Ziele',
  'settings.group-queue-text':
    'Wie viele Übertragungen zugleich laufen, und wann das Weitergeben endet.',
  'settings.group-network': 'Verbindungen',
  'settings.group-network-text':
    'Wie andere sich mit diesem Peer verbinden, und auf welchem Weg er sendet.',
  'settings.group-people': 'Menschen',
  'settings.group-people-text': 'Wie Kontakte diesen Peer und einander finden.',
  'settings.group-finding': 'Peers finden',
  'settings.group-finding-text':
    'Jeder Weg lässt sich einzeln abschalten. Private Übertragungen nutzen nur ihre Tracker.',

  'setting.language': 'Sprache',
  'setting.language-text': 'Wie im Browser, oder immer dieselbe.',
  'setting.theme': 'Aussehen',
  'setting.theme-text': 'Hell, dunkel, oder wie im System.',
  'setting.singleKeys': 'Einzelne Tasten',
  'setting.singleKeys-text':
    'Tasten wie / und n tun für sich allein etwas. Schalte das ab, wenn du mit dem Computer sprichst.',
  'setting.downloadDirectory': 'Ordner für Dateien',
  'setting.downloadDirectory-text': 'Wohin Übertragungen kommen, wenn nichts anderes gesagt ist.',
  'setting.watchDirectory': 'Beobachteter Ordner',
  'setting.watchDirectory-text':
    '.torrent-Dateien, die dort liegen, werden von selbst hinzugefügt.',
  'setting.freeSpaceMin': 'Frei halten',
  'setting.freeSpaceMin-text': 'Ist weniger auf der Platte frei, wird nichts mehr geholt.',
  'setting.downloadMax': 'Höchstens holen',
  'setting.downloadMax-text':
    'Übertragungen und was Kontakte senden und Gäste hochladen, zusammen.',
  'setting.uploadMax': 'Höchstens weitergeben',
  'setting.uploadMax-text':
    'Übertragungen und was Kontakte und Gäste bekommen, zusammen. Sehr enge Grenzen bremsen auch das Holen: Peers geben denen, die geben.',
  'setting.scheduleIsOn': 'Zeitplan benutzen',
  'setting.scheduleIsOn-text': 'In diesen Stunden gelten die Grenzen hier statt der oberen.',
  'setting.scheduleDays': 'Tage',
  'setting.scheduleDays-text': 'An welchen Tagen er beginnt.',
  'setting.scheduleFrom': 'Von',
  'setting.scheduleFrom-text': 'Nach der Uhr des Peers.',
  'setting.scheduleTo': 'Bis',
  'setting.scheduleTo-text': 'Liegt es vor dem Anfang, endet er am nächsten Tag.',
  'setting.scheduleDownloadMax': 'Dann höchstens holen',
  'setting.scheduleDownloadMax-text': 'Alle Übertragungen zusammen, in diesen Stunden.',
  'setting.scheduleUploadMax': 'Dann höchstens weitergeben',
  'setting.scheduleUploadMax-text': 'Alle Übertragungen zusammen, in diesen Stunden.',
  'setting.activeDownloadsMax': 'Zugleich holen',
  'setting.activeDownloadsMax-text': 'Weitere Übertragungen warten, bis sie dran sind.',
  'setting.activeSeedsMax': 'Zugleich weitergeben',
  'setting.activeSeedsMax-text': 'Weitere, die vollständig sind, warten, bis sie dran sind.',
  'setting.addsPaused': 'Angehalten hinzufügen',
  'setting.addsPaused-text': 'Was hinzugefügt wird, wartet, bis du es fortsetzt.',
  'setting.ratioGoal': 'Ende bei Verhältnis',
  'setting.ratioGoal-text':
    'Das Weitergeben endet, wenn du so viel Mal so viel gegeben hast, wie du geholt hast. 1 heißt: gleich viel.',
  'setting.seedMinutesGoal': 'Ende nach Minuten',
  'setting.seedMinutesGoal-text':
    'Das Weitergeben endet so lange, nachdem alles da ist. Es zählt, was zuerst eintritt.',
  'setting.listenPort': 'Port (Eingang)',
  'setting.listenPort-text':
    'Wo Peers sich verbinden. 0: irgendein freier, derselbe wieder, wenn es geht.',
  'setting.transport': 'Übertragungsweg',
  'setting.transport-text': 'TCP, uTP (das anderem Verkehr Vorrang lässt), oder beide.',
  'setting.speaksQbittorrent': 'Apps für qBittorrent',
  'setting.speaksQbittorrent-text':
    'Fernbedienungen und Helfer für qBittorrent können mit diesem Peer arbeiten. Sie melden sich mit beliebigem Namen und einem Schlüssel als Passwort an.',
  'setting.speaksTransmission': 'Apps für Transmission',
  'setting.speaksTransmission-text':
    'Fernbedienungen für Transmission können mit diesem Peer arbeiten. Sie melden sich mit beliebigem Namen und einem Schlüssel als Passwort an.',
  'setting.mapsPorts': 'Den Router bitten',
  'setting.mapsPorts-text':
    'Der Router wird gebeten, Peers hereinzulassen, solange dieser Peer läuft.',
  'setting.bind': 'Nur senden über',
  'setting.bind-text':
    'Eine Adresse oder eine Netzschnittstelle, etwa die eines VPN. Verschwindet sie, wird auf keinem anderen Weg gesendet.',
  'setting.usesDht': 'DHT (Verzeichnis)',
  'setting.usesDht-text':
    'Das Verzeichnis, das alle Peers gemeinsam führen. Ohne es brauchen Magnet-Links einen Tracker.',
  'setting.usesTrackers': 'Tracker (Vermittler)',
  'setting.usesTrackers-text':
    'Server, die eine Übertragung nennt und die Peers voneinander sagen.',
  'setting.usesPex': 'Peers nennen Peers',
  'setting.usesPex-text': 'Wer verbunden ist, tauscht die Adressen aus, die er kennt.',
  'setting.usesLsd': 'Lokales Netz',
  'setting.usesLsd-text': 'Peers neben dir finden sich ohne das Internet.',
  'setting.dhtBootstrap': 'Erste Adressen der DHT',
  'setting.dhtBootstrap-text':
    'HOST:PORT, eine je Zeile. Leer: die, die andere für alle bereithalten.',
  'setting.usesPeopleDht': 'Kontakte über das Internet finden',
  'setting.usesPeopleDht-text':
    'In einem Verzeichnis, das viele Rechner gemeinsam führen (HyperDHT). Ohne es treffen sich Kontakte im lokalen Netz oder über eine Adresse.',
  'setting.findsPeopleNearby': 'Kontakte in der Nähe finden',
  'setting.findsPeopleNearby-text':
    'Kontakte im selben lokalen Netz finden einander, auch ohne Internet. Fremde erkennen nicht, wer du bist.',
  'setting.helpsContacts': 'Kontakten zueinander helfen',
  'setting.helpsContacts-text':
    'Wenn zwei deiner Kontakte keinen Weg zueinander haben, dürfen ihre versiegelten Nachrichten über diesen Rechner gehen, in Grenzen.',
  'setting.invitationsNameHelpers': 'Einladungen nennen einen Weg über andere',
  'setting.invitationsNameHelpers-text':
    'Ein Link sagt, über welches deiner anderen Geräte oder den Computer welches Kontakts dieser hier zu erreichen ist: dessen Schlüssel und Adresse. Ohne das kommen Gäste hinter manchen Routern nicht herein.',
  'setting.peoplePort': 'Port für Kontakte',
  'setting.peoplePort-text':
    'TCP und UDP. 0 nimmt irgendeinen freien und beim nächsten Mal denselben.',
  'setting.peoplePublicAddress': 'Öffentliche Adresse für Neue',
  'setting.peoplePublicAddress-text':
    'Die IPv4-Adresse, unter der alle diesen Computer erreichen. Dann können andere hier beginnen: Sie tragen sie mit dem Port oben als erste Adresse ein. Leer: wird selbst herausgefunden, wenn andere zu fragen sind.',
  'setting.peopleBootstrap': 'Erste Adressen für Kontakte',
  'setting.peopleBootstrap-text':
    'HOST:PORT, eine je Zeile. Leer: die, die die Hersteller von HyperDHT für alle bereithalten.',
  'choice.system': 'Wie im System',
  'choice.light': 'Hell',
  'choice.dark': 'Dunkel',
  'choice.both': 'TCP und uTP',
  'choice.tcp': 'Nur TCP',
  'choice.utp': 'Nur uTP',

  'categories.title': 'Kategorien',
  'categories.text': 'Eine Kategorie hat einen Namen und, wenn du willst, einen eigenen Ordner.',
  'categories.add': 'Neue Kategorie',
  'categories.change': 'Ändern',
  'categories.remove': 'Kategorie {name} entfernen',
  'categories.name': 'Name der Kategorie',
  'categories.folder': 'Ordner',
  'categories.folder-text': 'Leer: der übliche Ordner.',

  'keys.title': 'Browser und Programme',
  'keys.text':
    'Wer diesen Peer noch benutzen darf. Ein Schlüssel lässt sich jederzeit zurücknehmen.',
  'keys.add': 'Schlüssel für ein Programm',
  'keys.link': 'Link für einen anderen Browser',
  'keys.link-told': 'Öffne ihn im anderen Browser. Er gilt einmal, bis {time}.',
  'keys.make': 'Schlüssel machen',
  'keys.name': 'Wofür ist er?',
  'keys.scope': 'Was er darf',
  'keys.scope-text': 'Gib nicht mehr als nötig.',
  'scope.read': 'nur ansehen',
  'scope.transfers': 'ansehen, und mit Übertragungen arbeiten',
  'scope.owner': 'alles',
  'keys.made': 'gemacht am {date}',
  'keys.used': 'zuletzt benutzt am {date}',
  'keys.revoke': 'Schlüssel {name} zurücknehmen',
  'keys.made-title': 'Der Schlüssel ist gemacht',
  'keys.told': 'Kopiere ihn jetzt: Er wird nur dieses eine Mal gezeigt.',
} as const;
