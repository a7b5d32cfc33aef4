/** English: what others see, and an end to it. */
export const seen = {
  'seen.title': 'What others see',
  'seen.lead': 'Everything that anybody can know of you through this peer, and how to end it.',
  'shared.title': 'What goes out because you wanted it so',
  'shared.transfers':
    '{count, plural, =0 {No transfer runs} one {# transfer runs: others in it see your address and what you have of it} other {# transfers run: others in them see your address and what you have of them}}',
  'shared.sends':
    '{count, plural, =0 {Nothing is offered to a contact} one {# thing is offered to contacts} other {# things are offered to contacts}}',
  'shared.links':
    '{count, plural, =0 {No link for guests is open} one {# link for guests is open} other {# links for guests are open}}',
  'shared.invitations':
    '{count, plural, =0 {No invitation is open} one {# invitation is open} other {# invitations are open}}',
  'seen.reported': 'What your contacts’ computers report',
  'seen.reported-text':
    'Asked of them just now and then, so that you need not take our word for it.',
  'seen.nobody': 'Nobody has reported yet. It comes when a contact is on.',
  'seen.who': '{name}, on {device}',
  'seen.none': 'not connected now',
  'seen.lan': 'connected within your network',
  'seen.direct': 'connected directly',
  'seen.relayed': 'connected through another computer, which cannot read along',
  'seen.address': 'You come from',
  'seen.told': 'They were told these addresses:',
  'seen.contacts': 'What every contact knows',
  'seen.change': 'Change it',
  'seen.contacts-name': 'Your name: {name}',
  'seen.contacts-devices': 'Your devices: {names}',
  'seen.contacts-when': 'When these are on, and their network addresses',
  'seen.contacts-never': 'Not: your other contacts, your transfers, your files',
  'seen.announced': 'What is announced, and where',
  'seen.announced-text': 'To those who are no contacts of yours.',
  'seen.reach': 'Switch parts of it off',
  'seen.nothing-announced': 'Nothing.',
  'seen.door-anyone': 'Anyone who finds this address can see that a peer is here.',
  'seen.door-local-network': 'Seen by devices in your network.',
  'seen.door-this-computer': 'Seen from this computer alone.',
  'seen.asked-dht-bootstrap':
    'A directory that many peers keep. It learns your address, which transfers you take part in, and that a device of yours is there, not whose it is.',
  'seen.asked-tracker':
    '{count, plural, =0 {Learns your address, when a transfer names it} one {Learns your address, and that you take part in a transfer that names it} other {Learns your address, and which of # transfers name it}}',
  'seen.asked-lsd': 'Devices in your network learn which transfers you take part in.',
  'seen.asked-router': 'Your router learns which ports to let through.',
  'seen.asked-people-bootstrap':
    'A directory that many computers keep. It learns your address, and that a device with a certain key is there, not whose it is.',
  'seen.asked-people-lan':
    'Devices in your network learn that somebody is here who looks for contacts; who, only contacts can read.',
  'seen.honest':
    'This is not anonymity. Whoever you exchange files with sees your network address, and your provider sees that you use it.',
  'stop.all': 'Stop everything',
  'stop.title': 'Stop everything that goes out?',
  'stop.text': 'At once, and for everyone:',
  'stop.transfers': '{count, plural, one {# transfer is paused} other {# transfers are paused}}',
  'stop.sends':
    '{count, plural, one {# thing you sent is taken back} other {# things you sent are taken back}}',
  'stop.links': '{count, plural, one {# link for guests ends} other {# links for guests end}}',
  'stop.invitations':
    '{count, plural, one {# invitation is taken back} other {# invitations are taken back}}',
  'stop.stays':
    'Your files stay where they are. What others already have, they keep. Contacts still see when you are on.',
  'stop.do': 'Stop it all',
  'stop.nothing': 'Nothing goes out just now.',
  'stop.done': 'Everything is stopped',
  'stop.done-text': 'Transfers can be resumed; links and invitations are made anew.',
  'stop.partly': 'Not everything could be stopped',
  'stop.resume': 'Resume transfers',
} as const;
