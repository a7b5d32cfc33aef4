/** German: the page on other devices, and who is signed in. */
export const devices = {
  'listen.remote-page': 'Diese Seite, für andere Geräte',

  'devices.title': 'Andere Geräte',
  'devices.text':
    'Diese Seite auf deinem Handy oder einem anderen Computer. Geschlossen, bis du sie öffnest.',
  'devices.switch': 'Diese Seite für andere Geräte öffnen',
  'devices.closed': 'Geschlossen: Nur dieser Computer kann die Seite öffnen.',
  'devices.starting': 'Sie wird geöffnet …',
  'devices.open-https':
    'Offen und verschlüsselt. Wer diesen Computer erreicht, sieht, dass hier ein Peer ist, und kommt ohne Code von dir nicht weiter.',
  'devices.open-http': 'Offen und nicht verschlüsselt: Andere in deinem Netz können mitlesen.',
  'devices.addresses': 'Wo sie zu öffnen ist',
  'devices.fingerprint': 'SHA-256-Fingerabdruck ihres Zertifikats',
  'devices.own': 'Von diesem Peer gemacht, gültig bis {date}',
  'devices.given': 'Dein eigenes Zertifikat, gültig bis {date}',

  'sessions.title': 'Wer angemeldet ist',
  'sessions.text':
    'Browser, die diese Seite benutzen dürfen. Wird einer beendet, ist er sofort abgemeldet.',
  'sessions.nobody': 'Niemand',
  'sessions.this': 'dieser Browser',
  'sessions.unknown': 'Ein Browser',
  'sessions.loopback': 'am Computer des Peers',
  'sessions.https': 'von {address}',
  'sessions.http': 'von {address}, nicht verschlüsselt',
  'sessions.seen': 'zuletzt gesehen {when}',
  'sessions.end': 'Abmelden: {name}',
  'sessions.ended': 'Abgemeldet: {name}',

  'pair.title': 'Auf dem Handy benutzen',
  'pair.closed': 'Diese Seite ist für andere Geräte geschlossen. Wenn du sie öffnest:',
  'pair.closed-1':
    'Wer diesen Computer erreicht, kann sehen, dass hier ein Peer ist. Ohne Code von dir kommt niemand weiter.',
  'pair.closed-2': 'Alles, was hin und her geht, ist verschlüsselt.',
  'pair.closed-3': 'Ein Schalter schließt sie wieder und meldet alle anderen Geräte ab.',
  'pair.open': 'Öffnen',
  'pair.scan':
    'Scanne dies mit der Kamera deines Handys, oder öffne dort den Link. Er meldet einen Browser an, ein einziges Mal.',
  'pair.qr': 'QR-Code des Links',
  'pair.address': 'Adresse dieses Computers',
  'pair.address-text':
    'Findet das Handy sie nicht, nimm eine andere. Beide müssen im selben Netz sein.',
  'pair.link': 'Link für das andere Gerät',
  'pair.left': 'Noch {time} gültig',
  'pair.over': 'Dieser Code gilt nicht mehr.',
  'pair.again': 'Neuer Code',
  'pair.warning': 'Dein Handy wird dich einmal warnen',
  'pair.warning-text':
    'Es wird sagen, die Verbindung sei nicht privat oder das Zertifikat nicht bekannt: Dieser Peer hat sein Zertifikat selbst gemacht, und keine Firma bürgt dafür. Lass dir vom Browser das Zertifikat zeigen. Beginnt sein SHA-256-Fingerabdruck so, dann ist es dieser Peer, und du kannst weitergehen:',
  'pair.warning-stop': 'Beginnt er anders, steht jemand dazwischen: Geh nicht weiter.',
  'pair.plain':
    'Das ist nicht verschlüsselt: Andere in deinem Netz können mitlesen und sich für diesen Browser ausgeben.',
  'pair.done': 'Angemeldet: {name}',
  'pair.done-text':
    'Du kannst dies schließen. Wer angemeldet ist, und wie man das beendet, steht unter „Erreichbar“.',
  'signed-out.device':
    'Auf einem anderen Gerät: Öffne die Seite am Computer des Peers, wähle unter „Erreichbar“ „Auf dem Handy benutzen“ und scanne den Code. Oder rufe dort „coequal pair“ auf.',

  'settings.group-devices': 'Andere Geräte',
  'settings.group-devices-text':
    'Diese Seite auf deinem Handy und anderen Computern. Geschlossen, bis du sie öffnest.',
  'settings.usual-port': '7228 oder irgendein freier',
  'setting.pageReach': 'Für andere Geräte offen',
  'setting.pageReach-text':
    'Wird sie geschlossen, sind alle anderen Geräte abgemeldet. Ohne Verschlüsselung kann jeder im Netz mitlesen: nur dort, wo du allen vertraust.',
  'setting.pageAddress': 'Adresse',
  'setting.pageAddress-text': 'Eine Adresse dieses Computers. Leer: alle.',
  'setting.pagePort': 'Port der Seite',
  'setting.pagePort-text':
    'Wo andere Geräte sie finden. 0: 7228, oder irgendein freier, wenn der belegt ist.',
  'setting.pageNames': 'Weitere Namen',
  'setting.pageNames-text':
    'Unter denen sie zu öffnen ist, einer je Zeile, neben denen dieses Computers. Mit Port, wenn ein Router oder Proxy einen anderen hat.',
  'setting.pageCertificate': 'Eigenes Zertifikat',
  'setting.pageCertificate-text':
    'Pfad einer Datei in PEM, mit denen, die dafür bürgen. Leer: Der Peer macht eines.',
  'setting.pageKey': 'Schlüssel dieses Zertifikats',
  'setting.pageKey-text': 'Pfad einer Datei in PEM. Sie wird gelesen und nie gezeigt.',
  'setting.pageServesPrograms': 'Apps auf anderen Geräten',
  'setting.pageServesPrograms-text':
    'Apps für qBittorrent oder Transmission dürfen auch von dort kommen, wenn sie eingeschaltet sind.',
  'choice.off': 'Geschlossen',
  'choice.https': 'Offen, verschlüsselt (https)',
  'choice.http': 'Offen ohne Verschlüsselung, in einem Netz, dem ich vertraue (http)',

  'reason.DEVICE_SIGNED_IN':
    '{name, select, unknown {Ein anderes Gerät hat sich von {address} angemeldet} other {{name} hat sich von {address} angemeldet}}',
  'reason.PAGE_OPENED': 'Andere Geräte können die Seite öffnen, unter {url}',
  'reason.PAGE_CLOSED': 'Die Seite ist für andere Geräte geschlossen, und alle sind abgemeldet',
  'reason.PAGE_CERTIFICATE_MADE':
    'Die Seite hat ein neues Zertifikat: Andere Geräte werden noch einmal warnen. Sein Fingerabdruck: {fingerprint}',
  'reason.PAGE_NOT_OPEN': 'Die Seite ist für andere Geräte nicht offen',
  'hint.PAGE_NOT_OPEN': 'Öffne sie unter „Erreichbar“ oder in den Einstellungen.',
  'reason.PAGE_OFFLINE': 'Sie bleibt geschlossen: Der Peer wurde mit --offline gestartet',
  'hint.PAGE_OFFLINE': 'Starte ihn ohne, oder mit --lan-only.',
  'reason.PAGE_PORT_TAKEN': 'Port {port} ist von einem anderen Programm belegt',
  'hint.PAGE_PORT_TAKEN':
    'Wähle in den Einstellungen einen anderen Port der Seite, oder 0 für irgendeinen freien.',
  'reason.PAGE_LISTEN_FAILED': 'Die Seite lässt sich an Port {port} nicht öffnen',
  'hint.PAGE_LISTEN_FAILED':
    'Sieh in den Einstellungen nach Adresse und Port: eine Adresse dieses Computers, und ein Port ab 1024.',
  'reason.PAGE_CERTIFICATE_BAD': 'Das Zertifikat der Seite ist nicht zu gebrauchen: {path}',
  'hint.PAGE_CERTIFICATE_BAD':
    'Gib Zertifikat und Schlüssel an, beide in PEM, oder keines: Dann macht der Peer sein eigenes.',
  'reason.NO_SUCH_SESSION': 'Dieser Browser ist schon abgemeldet',
} as const;
