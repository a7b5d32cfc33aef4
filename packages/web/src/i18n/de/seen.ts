/** German: what others see, and an end to it. */
export const seen = {
  'seen.title': 'Was andere sehen',
  'seen.lead': 'Alles, was jemand durch diesen Peer von dir wissen kann, und wie du es beendest.',
  'shared.title': 'Was hinausgeht, weil du es so wolltest',
  'shared.transfers':
    '{count, plural, =0 {Keine Übertragung läuft} one {# Übertragung läuft: Andere darin sehen deine Adresse und was du davon hast} other {# Übertragungen laufen: Andere darin sehen deine Adresse und was du davon hast}}',
  'shared.sends':
    '{count, plural, =0 {Keinem Kontakt wird etwas angeboten} one {# Sache wird Kontakten angeboten} other {# Sachen werden Kontakten angeboten}}',
  'shared.links':
    '{count, plural, =0 {Kein Link für Gäste ist offen} one {# Link für Gäste ist offen} other {# Links für Gäste sind offen}}',
  'shared.invitations':
    '{count, plural, =0 {Keine Einladung ist offen} one {# Einladung ist offen} other {# Einladungen sind offen}}',
  'seen.reported': 'Was die Computer deiner Kontakte berichten',
  'seen.reported-text': 'Ab und zu bei ihnen gefragt, damit du es nicht nur uns glauben musst.',
  'seen.nobody': 'Noch hat niemand berichtet. Es kommt, wenn ein Kontakt da ist.',
  'seen.who': '{name}, auf {device}',
  'seen.none': 'gerade nicht verbunden',
  'seen.lan': 'in deinem Netz verbunden',
  'seen.direct': 'direkt verbunden',
  'seen.relayed': 'über einen anderen Computer verbunden, der nicht mitlesen kann',
  'seen.address': 'Du kommst von',
  'seen.told': 'Diese Adressen wurden genannt:',
  'seen.contacts': 'Was jeder Kontakt weiß',
  'seen.change': 'Ändern',
  'seen.contacts-name': 'Deinen Namen: {name}',
  'seen.contacts-devices': 'Deine Geräte: {names}',
  'seen.contacts-when': 'Wann diese an sind, und ihre Adressen im Netz',
  'seen.contacts-never': 'Nicht: deine anderen Kontakte, deine Übertragungen, deine Dateien',
  'seen.announced': 'Was bekannt gemacht wird, und wo',
  'seen.announced-text': 'Denen, die keine Kontakte von dir sind.',
  'seen.reach': 'Teile davon abschalten',
  'seen.nothing-announced': 'Nichts.',
  'seen.door-anyone': 'Wer diese Adresse findet, sieht, dass hier ein Peer ist.',
  'seen.door-local-network': 'Geräte in deinem Netz sehen es.',
  'seen.door-this-computer': 'Nur dieser Computer sieht es.',
  'seen.asked-dht-bootstrap':
    'Ein Verzeichnis, das viele Peers gemeinsam führen. Es erfährt deine Adresse, an welchen Übertragungen du teilnimmst, und dass ein Gerät von dir da ist, nicht wem es gehört.',
  'seen.asked-tracker':
    '{count, plural, =0 {Erfährt deine Adresse, wenn eine Übertragung ihn nennt} one {Erfährt deine Adresse, und dass du an einer Übertragung teilnimmst, die ihn nennt} other {Erfährt deine Adresse, und welche von # Übertragungen ihn nennen}}',
  'seen.asked-lsd': 'Geräte in deinem Netz erfahren, an welchen Übertragungen du teilnimmst.',
  'seen.asked-router': 'Dein Router erfährt, welche Ports er durchlassen soll.',
  'seen.asked-people-bootstrap':
    'Ein Verzeichnis, das viele Rechner gemeinsam führen. Es erfährt deine Adresse und dass ein Gerät mit einem bestimmten Schlüssel da ist, nicht wem es gehört.',
  'seen.asked-people-lan':
    'Geräte in deinem Netz erfahren, dass hier jemand Kontakte sucht; wer, können nur Kontakte lesen.',
  'seen.honest':
    'Anonym ist das nicht. Mit wem du Dateien austauschst, der sieht deine Adresse im Netz, und dein Anbieter sieht, dass du es benutzt.',
  'stop.all': 'Alles anhalten',
  'stop.title': 'Alles anhalten, was hinausgeht?',
  'stop.text': 'Sofort und für alle:',
  'stop.transfers':
    '{count, plural, one {# Übertragung wird angehalten} other {# Übertragungen werden angehalten}}',
  'stop.sends':
    '{count, plural, one {# gesendete Sache wird zurückgenommen} other {# gesendete Sachen werden zurückgenommen}}',
  'stop.links': '{count, plural, one {# Link für Gäste endet} other {# Links für Gäste enden}}',
  'stop.invitations':
    '{count, plural, one {# Einladung wird zurückgenommen} other {# Einladungen werden zurückgenommen}}',
  'stop.stays':
    'Deine Dateien bleiben, wo sie sind. Was andere schon haben, behalten sie. Kontakte sehen weiter, wann du da bist.',
  'stop.do': 'Jetzt alles anhalten',
  'stop.nothing': 'Gerade geht nichts hinaus.',
  'stop.done': 'Alles ist angehalten',
  'stop.done-text': 'Übertragungen lassen sich fortsetzen; Links und Einladungen machst du neu.',
  'stop.partly': 'Nicht alles ließ sich anhalten',
  'stop.resume': 'Übertragungen fortsetzen',
};
