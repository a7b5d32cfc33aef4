/** German: sending, receiving, and links for people without the program. */
export const handover = {
  'handover.title': 'Senden und Empfangen',
  'handover.lead': 'Was dir Leute überreichen, und was du ihnen.',
  'handover.send': 'Dateien senden',
  'handover.parts': 'Teile',
  'handover.inbox': 'Für dich',
  'handover.sent': 'Von dir',
  'handover.links': 'Per Link',

  'send.title': 'Dateien senden',
  'send.title-to': 'An {name} senden',
  'send.what': 'Was gesendet wird',
  'send.do': 'Senden',
  'send.choose': 'Dateien wählen',
  'send.choose-folder': 'Ordner wählen',
  'send.path': 'Oder eine Datei oder ein Ordner vom Computer des Peers',
  'send.path-text': 'Bleibt, wo es ist; nichts wird kopiert.',
  'send.more': '{count, plural, one {und # weitere} other {und # weitere}}',
  'send.sum': '{count, plural, one {# Datei, {size}} other {# Dateien, {size}}}',
  'send.others': 'Andere wählen',
  'send.too-many':
    'Das ist zu viel auf einmal: höchstens {max, number} Dateien. Packe sie zuerst in eine.',
  'send.to-whom': 'An wen',
  'send.to-others':
    '{count, plural, =0 {Auch an andere} one {Und an # weitere Person} other {Und an # weitere Personen}}',
  'send.nobody': 'Es gibt noch niemanden, an den es gehen könnte. Lade zuerst jemanden ein.',
  'send.note': 'Ein paar Worte dazu',
  'send.how':
    'Es wird angeboten und geholt, wenn die andere Seite annimmt. Es geht von deinem Computer zum anderen, verschlüsselt, mit niemandem dazwischen.',
  'send.under-way': 'Unterwegs zu {name}',
  'send.under-way-text': 'Wie weit es ist, steht unter „Senden & Empfangen“.',
  'send.preparing': 'Die Dateien werden gelesen, für ihre Fingerabdrücke',
  'send.withdrawn': 'Du hast es zurückgenommen.',
  'send.can-leave':
    'Du darfst diesen Computer ausschalten: Alle, die angenommen haben, können den Rest voneinander holen.',
  'send.stay':
    'Lass diesen Computer an, bis alles angekommen ist. Nach einer Pause geht es weiter, wo es war.',
  'send.withdraw': 'Zurücknehmen',
  'sent.empty': 'Noch nichts gesendet',
  'sent.empty-text': 'Lege Dateien unter „Leute“ auf einen Namen, oder irgendwo auf diese Seite.',
  'sent.to-people': 'Zu den Leuten',

  'receiver.unreached': 'noch nicht erreicht; es wird von selbst wieder versucht',
  'receiver.waiting': 'ist gefragt und hat noch nicht geantwortet',
  'receiver.receiving': 'hat {percent}',
  'receiver.done': 'hat alles',
  'receiver.declined': 'möchte es nicht',
  'receiver.stopped': 'hat es angehalten',
  'receiver.expired': 'hat nicht rechtzeitig geantwortet',
  'receiver.withdrawn': 'hatte noch nicht alles, als du es zurücknahmst',
  'receiver.progress': 'Wie weit {name} ist',

  'outgoing.to': '{what} für {name}',
  'outgoing.progress': '{what}: von diesem Browser zu deinem Peer',
  'outgoing.keep-open': 'Unterwegs zu deinem Peer. Lass diese Seite offen, bis es dort ist.',
  'outgoing.cancel': 'Abbrechen: {what}',

  'arrivals.one': '{name} möchte dir {what} geben, {size}.',
  'arrivals.several':
    '{count, plural, one {# Sache wartet auf dich.} other {# Sachen warten auf dich.}}',
  'arrivals.look': 'Ansehen',
  'arrivals.hide': 'Nicht jetzt',
  'arrivals.accepted': '{what} wird geholt',

  'inbox.waiting': 'Wartet auf dich',
  'inbox.coming': 'Kommt gerade',
  'inbox.before': 'Vorher',
  'inbox.empty': 'Nichts da',
  'inbox.empty-text':
    'Überreicht dir jemand etwas, siehst du es hier und auf jeder Seite. Nichts wird geholt, bevor du annimmst.',

  'offer.from': 'von {name}',
  'offer.files': '{count, plural, one {# Datei} other {# Dateien}}',
  'offer.progress': 'Wie weit {what} ist',
  'offer.have': '{have} von {size} · {rate}',
  'offer.no-source': 'Es wartet: Gerade ist niemand da, der es hat. Es geht von selbst weiter.',
  'offer.until': 'Antworte bis {date}',
  'offer.quarantined': 'Es ist da und ganz, liegt aber beiseite: Sieh es erst an.',
  'offer.done': 'Es ist da.',
  'offer.declined': 'Du wolltest es nicht.',
  'offer.withdrawn': 'Es wurde zurückgenommen.',
  'offer.expired': 'Niemand hat rechtzeitig geantwortet.',
  'offer.failed': 'Es hat nicht geklappt.',
  'offer.careful': 'Sei vorsichtig damit',
  'offer.which': 'Welche Dateien',
  'offer.unlisted': 'Die Liste der Dateien ist noch nicht da.',
  'offer.accept': 'Annehmen',
  'offer.decline': 'Ablehnen',
  'offer.stop': 'Anhalten',
  'offer.delete': 'Löschen',
  'offer.release': 'Trotzdem behalten',
  'offer.release-title': '{what} behalten?',
  'offer.release-text':
    'Hat dir {name} auf anderem Weg gesagt, dass das kommt? Bist du nicht sicher, frage erst. Es kommt in deinen Ordner; geöffnet wird nichts.',
  'offer.release-do': 'Behalten',
  'offer.forget': 'Von der Liste nehmen',
  'offer.more': 'Mehr zu {what}',
  'offer.elsewhere': 'In einen anderen Ordner annehmen',
  'offer.show-files': 'Dateien zeigen',
  'offer.folder': 'Ordner',

  'kind.picture': '{count, plural, one {# Bild} other {# Bilder}}',
  'kind.video': '{count, plural, one {# Video} other {# Videos}}',
  'kind.sound': '{count, plural, one {# Tonaufnahme} other {# Tonaufnahmen}}',
  'kind.document': '{count, plural, one {# Dokument} other {# Dokumente}}',
  'kind.archive': '{count, plural, one {# Archiv} other {# Archive}}',
  'kind.program': '{count, plural, one {# Programm} other {# Programme}}',
  'kind.other': '{count, plural, one {# andere Datei} other {# andere Dateien}}',

  'warning.PROGRAM':
    '{count, plural, one {# Datei ist ein Programm. Geöffnet kann es alles auf deinem Computer.} other {# Dateien sind Programme. Geöffnet können sie alles auf deinem Computer.}}',
  'warning.SCRIPT':
    '{count, plural, one {# Datei ist Text, den dein Computer vielleicht ausführt.} other {# Dateien sind Texte, die dein Computer vielleicht ausführt.}}',
  'warning.MACROS':
    '{count, plural, one {# Dokument kann kleine Programme enthalten. Will es sie ausführen, sage nein.} other {# Dokumente können kleine Programme enthalten. Wollen sie diese ausführen, sage nein.}}',
  'warning.LAUNCHER':
    '{count, plural, one {# Datei sieht nur wie ein Dokument aus: Sie zu öffnen startet etwas anderes.} other {# Dateien sehen nur wie Dokumente aus: Sie zu öffnen startet etwas anderes.}}',
  'warning.DOUBLE_EXTENSION':
    '{count, plural, one {Der Name von # Datei gibt sich harmlos: Sieh auf sein Ende.} other {Die Namen von # Dateien geben sich harmlos: Sieh auf ihr Ende.}}',
  'warning.TURNED_NAME':
    '{count, plural, one {Der Name von # Datei hat versteckte Zeichen, die Buchstaben umdrehen.} other {Die Namen von # Dateien haben versteckte Zeichen, die Buchstaben umdrehen.}}',
  'warning.DISGUISED':
    '{count, plural, one {# Datei heißt anders und ist innen ein Programm.} other {# Dateien heißen anders und sind innen Programme.}}',
  'warning.PROGRAM_INSIDE':
    '{count, plural, one {# Archiv enthält Programme. Packe es nur aus, wenn du darum gebeten hast.} other {# Archive enthalten Programme. Packe sie nur aus, wenn du darum gebeten hast.}}',
  'warning.UNSEEN_INSIDE':
    '{count, plural, one {In # Archiv konnte nicht hineingesehen werden: was darin ist, weiß niemand.} other {In # Archive konnte nicht hineingesehen werden: was darin ist, weiß niemand.}} Sieh zweimal hin, wenn du auspackst.',
  'warning.NAME_CHANGED':
    '{count, plural, one {# Datei bekam einen anderen Namen, weil der alte nicht auf jedem Computer geht.} other {# Dateien bekamen andere Namen, weil die alten nicht auf jedem Computer gehen.}}',

  'rules.title': 'Ohne Frage angenommen',
  'rules.text':
    'Von diesen Leuten, bis zu einer Größe. Was gefährlich aussieht, bleibt trotzdem beiseite.',
  'rules.none':
    'Nichts: Du wirst jedes Mal gefragt. Bei jedem vertrauten Kontakt lässt es sich ändern.',
  'rules.up-to': 'bis {size} auf einmal',
  'rules.end': 'Wieder fragen: {name}',

  'guest.title': 'Für Leute ohne das Programm',
  'guest.text':
    'Ein Link, der in jedem Browser aufgeht. Damit holen sie Dateien von deinem Computer oder legen welche ab, solange er an ist.',
  'guest.make': 'Link machen',
  'guest.none': 'Kein Link ist offen',
  'guest.none-text': 'Solange es keinen gibt, bekommt auf diesem Weg niemand etwas.',
  'guest.make-title': 'Ein Link für jeden Browser',
  'guest.make-do': 'Link jetzt machen',
  'guest.make-text':
    'Wer den Link hat, bekommt, was du hier wählst, und sonst nichts. Dein Computer öffnet dafür eine Tür und schließt sie mit dem Link.',
  'guest.what': 'Datei oder Ordner vom Computer des Peers',
  'guest.more': 'Noch eine Datei oder ein Ordner',
  'guest.without': '{what} weglassen',
  'guest.valid': 'Gültig für',
  'guest.hours-1': '1 Stunde',
  'guest.hours-24': '1 Tag',
  'guest.hours-72': '3 Tage',
  'guest.hours-720': '30 Tage',
  'guest.how-many': 'Wie viele ihn nutzen dürfen',
  'guest.any': 'Beliebig viele',
  'guest.from-where': 'Von wo',
  'guest.may-upload': 'Sie dürfen auch Dateien hier ablegen, in einen eigenen Ordner',
  'guest.link': 'Link für Gäste',
  'guest.stays':
    'Der Link geht, solange dieser Computer an ist. Beenden kannst du ihn unter „Senden & Empfangen“.',
  'guest.show': 'Link zeigen',
  'guest.revoke': 'Beenden',
  'guest.revoked': 'Beendet: {what}',
  'guest.guests': '{count, plural, =0 {noch niemand kam} one {# Gast} other {# Gäste}}',
  'guest.guests-of': '{count} von {max} Gästen',
  'guest.until': 'bis {date}',
  'guest.box': 'Ablage: {used} von {max} belegt',
  'guest.somebody': 'Ein Gast',
  'guest.takes': '{who} holt {what}',
  'guest.puts': '{who} legt {what} ab',
  'guest.stop': '{who} anhalten und nicht wieder hereinlassen',
  'guest-reach.loopback': 'nur dieser Computer',
  'guest-reach.loopback-text': 'Der Peer wurde mit --offline gestartet.',
  'guest-reach.lan': 'dein Netz',
  'guest-reach.lan-text': 'Beide müssen im selben Netz sein, etwa in deinem WLAN.',
  'guest-reach.internet': 'überall',
  'guest-reach.internet-text':
    'Dein Router wird gebeten, Gäste hereinzulassen. Ob er es tut, steht beim Link.',
  'guest-outside.asking': 'Dein Router wird gebeten, Gäste hereinzulassen …',
  'guest-outside.open': 'Aus dem Internet erreichbar unter {at}',
  'guest-outside.open-somewhere':
    'Dein Router lässt Gäste am Port {port} herein und sagt nicht, unter welcher Adresse',
  'guest-state.starting': 'Wird geöffnet …',
  'guest-state.open': 'Offen',
  'guest-state.failed': 'Lässt sich nicht öffnen. Es wird wieder versucht.',
  'guest-state.used-up': 'So viele kamen, wie durften. Wer anfing, kann weitermachen.',
  'guest-state.expired': 'Die Zeit ist um.',
  'guest-state.changed':
    'Die Dateien sind nicht mehr, was sie waren; darum wird nichts mehr gegeben.',
  'guest-transfer.done': 'fertig',
  'guest-transfer.broken': 'abgebrochen; es kann weitergehen',
  'guest-transfer.stopped': 'von dir angehalten',
  'guest-encryption.none':
    'Das ist nicht verschlüsselt: Wer im selben Netz ist, kann mitlesen. Zu Hause in Ordnung, im Café nicht.',
  'guest-encryption.own-certificate':
    'Verschlüsselt. Der Browser deines Gasts warnt einmal, weil keine Firma für diesen Computer bürgt. Diesen Fingerabdruck vergleicht ihr:',
  'guest-encryption.certificate': 'Verschlüsselt, mit deinem eigenen Zertifikat.',
};
