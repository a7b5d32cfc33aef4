/** German: who one is to others, the 24 words, and one's own devices. */
export const identity = {
  'who.title': 'Wer bist du für andere?',
  'who.lead':
    'Damit du Leuten, die du kennst, Dateien überreichen kannst, brauchen sie einen Namen für dich. Tippe ihn einmal; ein Konto gibt es nicht.',
  'who.point-name': 'Ein Name',
  'who.point-name-text': 'Wie dich deine Freunde nennen. Du kannst ihn jederzeit ändern.',
  'who.point-nobody': 'Niemand dazwischen',
  'who.point-nobody-text': 'Nur wen du einlädst, erfährt von dir. Niemand sonst führt eine Liste.',
  'who.point-words': '24 Wörter',
  'who.point-words-text':
    'Sie bringen dich zurück, wenn dieser Computer verloren geht. Du schreibst sie einmal auf.',
  'who.name': 'Dein Name',
  'who.name-text': 'Kontakte sehen ihn.',
  'who.name-long': 'Das ist zu lang: höchstens 64 Buchstaben, in manchen Schriften weniger.',
  'who.pass-phrase': 'Die 24 Wörter mit einer Passphrase schützen',
  'who.begin': 'Anfangen',
  'who.invited': 'Ich wurde eingeladen',
  'who.before': 'Dich gibt es schon?',
  'who.before-text':
    'Sei hier dieselbe Person: durch ein anderes Gerät von dir, oder durch deine 24 Wörter.',
  'who.join': 'Mit einem anderen Gerät verbinden',
  'who.restore': 'Meine 24 Wörter nehmen',
  'who.device': 'Name dieses Geräts',
  'who.device-text': 'Etwa Laptop. Leer: wie der Computer heißt.',
  'who.revoked':
    'Dieses Gerät wurde auf einem anderen aus deiner Liste genommen. Es gehört niemandem mehr; verbinde es neu, oder fange neu an.',

  'words.sheet': 'Deine 24 Wörter',
  'words.title': 'Schreibe diese 24 Wörter auf',
  'words.text':
    'Auf Papier, in dieser Reihenfolge. Wer sie hat, ist du: Damit kommst du auf einem neuen Computer zurück, und ein Dieb käme es auch.',
  'words.list': '24 Wörter',
  'words.care':
    'Kein Foto, keine Mail, keine Cloud. Sie bringen zurück, wer du bist, und das Vertrauen deiner Kontakte, nicht Dateien und Verlauf.',
  'words.written': 'Ich habe sie aufgeschrieben',
  'words.later': 'Später',
  'words.check': 'Sehen wir nach',
  'words.check-text':
    'Tippe die Wörter mit diesen Nummern, damit sich ein Schreibfehler jetzt zeigt.',
  'words.number': 'Wort {number}',
  'words.check-do': 'Prüfen',
  'words.again': 'Die Wörter noch einmal zeigen',
  'words.right': 'Sie stimmen',
  'words.right-text': 'Hebe das Papier dort auf, wo du hast, was nicht verloren gehen darf.',
  'words.done': 'Fertig',
  'words.show': 'Wörter zeigen',
  'words.sealed': 'Die Wörter sind versiegelt. Nur die Passphrase zeigt sie.',

  'reminder.words':
    'Deine 24 Wörter sind noch nicht aufgeschrieben. Ohne sie verlierst du, wer du bist, wenn dieser Computer verloren geht.',
  'reminder.words-do': 'Aufschreiben',
  'reminder.sign':
    'Die Liste deiner Geräte muss neu unterschrieben werden. Dafür braucht es die Passphrase.',

  'restore.title': 'Deine 24 Wörter',
  'restore.text':
    'Tippe sie oder füge sie ein. Du wirst wieder dieselbe Person; Kontakte kennen dich. Dateien und Verlauf stecken nicht darin.',
  'restore.words': '24 Wörter',
  'restore.count': '{count, plural, one {bisher # Wort} other {bisher # Wörter}}',
  'restore.good': 'Das sind die Wörter einer Person',
  'restore.mixed-up':
    'Jedes dieser Wörter gibt es, aber zusammen stimmen sie nicht. Ist eines ein anderes, oder sind zwei vertauscht?',
  'restore.wrong': 'Wort {number} steht nicht in der Liste: „{word}“',
  'restore.do': 'Diese Person sein',
  'restore.done': 'Willkommen zurück',
  'restore.done-text':
    'Kontakte kommen wieder, sobald sie erreicht werden, oder von einem anderen Gerät von dir.',

  'join.title': 'Mit einem anderen Gerät von dir verbinden',
  'join.text':
    'Auf dem anderen Gerät: Leute, Du und deine Geräte, Gerät hinzufügen. Tippe den Code, den es zeigt.',
  'join.code': 'Code oder Link',
  'join.do': 'Verbinden',
  'join.looking': 'Das andere Gerät wird gesucht …',
  'join.asking': 'Gefunden: {name}. Beide zeigen eine Zahl; ist es dieselbe?',
  'join.asking-text': 'Sage auf dem anderen Gerät ja.',
  'join.joined': 'Verbunden. Gleich bist du hier dieselbe Person.',
  'join.ended': 'Es endete, bevor etwas verbunden war. Nichts hat sich geändert.',

  'add-device.title': 'Gerät hinzufügen',
  'add-device.text':
    'Starte Coequal auf dem anderen Gerät, wähle „Mit einem anderen Gerät verbinden“, und tippe diesen Code oder scanne ihn.',
  'add-device.qr': 'QR-Code zum Verbinden',
  'add-device.code': 'Der Code',
  'add-device.asks': '„{name}“ möchte eines deiner Geräte sein',
  'add-device.asks-text':
    'Zeigt es dieselbe Zahl? Sage nur ja, wenn es deines ist und vor dir liegt: Es kann alles, was du kannst.',
  'add-device.yes': 'Ja, es ist meines',
  'add-device.no': 'Nein',
  'add-device.done': '„{name}“ ist eines deiner Geräte',
  'add-device.done-text': 'Deine Kontakte erfahren davon, sobald sie erreicht werden.',

  'own-devices.title': 'Deine Geräte',
  'own-devices.text': 'Jedes davon bist du. Was dir gesendet wird, kommt auf jedem an.',
  'own-devices.member':
    'Jedes davon bist du. Zum Hinzufügen, Benennen und Herausnehmen nimm das Gerät, das deine 24 Wörter hat.',
  'own-devices.away': 'gerade nicht da',
  'own-devices.through': 'da, über {name}',
  'own-devices.since': 'seit {date}',
  'own-devices.this': 'dieses Gerät',
  'own-devices.menu': 'Was mit {name} geschehen soll',
  'own-devices.rename': 'Umbenennen',
  'own-devices.revoke': 'Für immer herausnehmen',
  'own-devices.revoke-title': '„{name}“ herausnehmen?',
  'own-devices.revoke-text':
    'Für ein Gerät, das verloren, gestohlen oder verkauft ist. Von nun an ist es nicht du, und es kann nie wieder eines von deinen sein. Kontakte trauen ihm nicht mehr, sobald sie davon erfahren.',
  'own-devices.revoke-do': 'Herausnehmen',
  'own-devices.revoked': '„{name}“ ist herausgenommen',

  'pass-phrase.label': 'Passphrase',
  'pass-phrase.new': 'Neue Passphrase',
  'pass-phrase.new-text':
    'Einige Wörter, die nur du so zusammenstellen würdest. Niemand kann sie dir sagen, wenn du sie vergisst; die 24 Wörter auf Papier helfen dann noch.',
  'pass-phrase.short':
    '{count, plural, one {Mindestens # Buchstabe} other {Mindestens # Buchstaben}}',
  'pass-phrase.set': 'Passphrase setzen',
  'pass-phrase.change': 'Passphrase ändern',
  'pass-phrase.do': 'Wörter versiegeln',
  'pass-phrase.text':
    'Sie versiegelt die 24 Wörter auf diesem Computer. Gefragt wird sie, um sie zu sehen und um Geräte hinzuzufügen oder herauszunehmen; nicht jeden Tag.',
  'pass-phrase.none': 'Ohne Passphrase auskommen',
  'unlock.title': 'Die Passphrase wird gebraucht',
  'unlock.text': 'Um deine Geräte zu ändern. Nach einigen Minuten wird sie wieder gefragt.',
  'unlock.do': 'Öffnen',

  'me.title': 'Du und deine Geräte',
  'me.lead': 'Wie dich Kontakte nennen, und womit du zurückkommst.',
  'me.nobody': 'Für andere bist du noch niemand',
  'me.begin': 'Unter „Leute“ anfangen',
  'me.renamed': 'Du heißt jetzt {name}; Kontakte erfahren davon',
  'keeping.title': 'Damit du zurückkommen kannst',
  'keeping.text': 'Geht dieser Computer verloren, machen die 24 Wörter einen neuen zu deinem.',
  'keeping.words': '24 Wörter',
  'keeping.created': 'Noch nicht aufgeschrieben, soweit dieser Peer weiß.',
  'keeping.checked': 'Aufgeschrieben und geprüft.',
  'keeping.sealed': 'Die Wörter sind auf diesem Computer versiegelt.',
  'keeping.open':
    'Keine. Wer dein Benutzerkonto auf diesem Computer benutzt, kann die Wörter lesen.',
};
