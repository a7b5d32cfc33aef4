/** English: the page on other devices, and who is signed in. */
export const devices = {
  'listen.remote-page': 'This page, for other devices',

  'devices.title': 'Other devices',
  'devices.text': 'This page on your phone or another computer. Closed until you open it.',
  'devices.switch': 'Open this page to other devices',
  'devices.closed': 'Closed: only this computer can open the page.',
  'devices.starting': 'It is being opened …',
  'devices.open-https':
    'Open, and encrypted. Who reaches this computer sees that a peer is here, and gets no further without a code of yours.',
  'devices.open-http': 'Open, and not encrypted: others in your network can read along.',
  'devices.addresses': 'Where it can be opened',
  'devices.fingerprint': 'SHA-256 fingerprint of its certificate',
  'devices.own': 'Made by this peer, good until {date}',
  'devices.given': 'Your own certificate, good until {date}',

  'sessions.title': 'Who is signed in',
  'sessions.text': 'Browsers that may use this page. To end one signs it out at once.',
  'sessions.nobody': 'Nobody',
  'sessions.this': 'this browser',
  'sessions.unknown': 'A browser',
  'sessions.loopback': 'on the computer of the peer',
  'sessions.https': 'from {address}',
  'sessions.http': 'from {address}, not encrypted',
  'sessions.seen': 'last seen {when}',
  'sessions.end': 'Sign out: {name}',
  'sessions.ended': 'Signed out: {name}',

  'pair.title': 'Use it on your phone',
  'pair.closed': 'This page is closed to other devices. When you open it:',
  'pair.closed-1':
    'Whoever reaches this computer can see that a peer is here. Without a code of yours they get no further.',
  'pair.closed-2': 'All that goes back and forth is encrypted.',
  'pair.closed-3': 'One switch closes it again, and signs out every other device.',
  'pair.open': 'Open it',
  'pair.scan':
    'Scan this with the camera of your phone, or open the link there. It signs one browser in, once.',
  'pair.qr': 'QR code of the link',
  'pair.address': 'Address of this computer',
  'pair.address-text':
    'If the phone does not find it, try another one. Both must be in the same network.',
  'pair.link': 'Link for the other device',
  'pair.left': 'Good for {time} more',
  'pair.over': 'This code is no longer good.',
  'pair.again': 'New code',
  'pair.warning': 'Your phone will warn you once',
  'pair.warning-text':
    'It will say that the connection is not private, or the certificate not known: this peer made its certificate by itself, and no company vouches for it. Let the browser show you the certificate. If its SHA-256 fingerprint begins like this, it is this peer, and you can go on:',
  'pair.warning-stop': 'If it begins otherwise, somebody is in between: do not go on.',
  'pair.plain':
    'This is not encrypted: others in your network can read along, and could take this browser’s place.',
  'pair.done': 'Signed in: {name}',
  'pair.done-text': 'You can close this. Who is signed in, and how to end that, is under Reach.',
  'signed-out.device':
    'On another device: open the page on the computer of the peer, choose “Use it on your phone” under Reach, and scan the code. Or run “coequal pair” there.',

  'settings.group-devices': 'Other devices',
  'settings.group-devices-text':
    'This page on your phone and other computers. Closed until you open it.',
  'settings.usual-port': '7228, or any free one',
  'setting.pageReach': 'Open to other devices',
  'setting.pageReach-text':
    'Closing it signs all other devices out. Without encryption, everyone in the network can read along: only where you trust all of them.',
  'setting.pageAddress': 'Address',
  'setting.pageAddress-text': 'An address of this computer. Empty: all of them.',
  'setting.pagePort': 'Port of the page',
  'setting.pagePort-text':
    'Where other devices find it. 0: 7228, or any free one if that is taken.',
  'setting.pageNames': 'Other names',
  'setting.pageNames-text':
    'Under which it may be opened, one a line, besides this computer’s own. With a port, if a router or proxy has another one.',
  'setting.pageCertificate': 'Own certificate',
  'setting.pageCertificate-text':
    'Path of a file in PEM, with those that vouch for it. Empty: the peer makes one.',
  'setting.pageKey': 'Key of that certificate',
  'setting.pageKey-text': 'Path of a file in PEM. It is read, and never shown.',
  'setting.pageServesPrograms': 'Apps on other devices',
  'setting.pageServesPrograms-text':
    'Apps made for qBittorrent or Transmission may come from there too, if they are switched on.',
  'choice.off': 'Closed',
  'choice.https': 'Open, encrypted (https)',
  'choice.http': 'Open without encryption, in a network I trust (http)',

  'reason.DEVICE_SIGNED_IN':
    '{name, select, unknown {Another device signed in, from {address}} other {{name} signed in, from {address}}}',
  'reason.PAGE_OPENED': 'Other devices can open the page, at {url}',
  'reason.PAGE_CLOSED': 'The page is closed to other devices, and all of them are signed out',
  'reason.PAGE_CERTIFICATE_MADE':
    'The page has a new certificate: other devices will warn once more. Its fingerprint: {fingerprint}',
  'reason.PAGE_NOT_OPEN': 'The page is not open to other devices',
  'hint.PAGE_NOT_OPEN': 'Open it under Reach, or in the settings.',
  'reason.PAGE_OFFLINE': 'It stays closed: the peer was started with --offline',
  'hint.PAGE_OFFLINE': 'Start it without, or with --lan-only.',
  'reason.PAGE_PORT_TAKEN': 'Port {port} is taken by another program',
  'hint.PAGE_PORT_TAKEN': 'Choose another port of the page in the settings, or 0 for any free one.',
  'reason.PAGE_LISTEN_FAILED': 'The page cannot be opened at port {port}',
  'hint.PAGE_LISTEN_FAILED':
    'Look at its address and port in the settings: an address of this computer, and a port from 1024 on.',
  'reason.PAGE_CERTIFICATE_BAD': 'The certificate of the page cannot be used: {path}',
  'hint.PAGE_CERTIFICATE_BAD':
    'Give both the certificate and its key, in PEM, or neither: then the peer makes its own.',
  'reason.NO_SUCH_SESSION': 'This browser is signed out already',
} as const;
