/** English: who one is to others, the 24 words, and one's own devices. */
export const identity = {
  'who.title': 'Who are you to others?',
  'who.lead':
    'To hand files to people you know, they need a name for you. Type it once; there is no account.',
  'who.point-name': 'A name',
  'who.point-name-text': 'Whatever your friends call you. You can change it at any time.',
  'who.point-nobody': 'Nobody in the middle',
  'who.point-nobody-text': 'Only those you invite learn of you. No one else keeps a list.',
  'who.point-words': '24 words',
  'who.point-words-text': 'They bring you back if this computer is lost. You write them down once.',
  'who.name': 'Your name',
  'who.name-text': 'Contacts see this.',
  'who.name-long': 'This is too long: 64 letters at most, fewer in some scripts.',
  'who.pass-phrase': 'Protect the 24 words with a pass phrase',
  'who.begin': 'Begin',
  'who.invited': 'I was invited',
  'who.before': 'You are somebody already?',
  'who.before-text': 'Be the same person here: by another device of yours, or by your 24 words.',
  'who.join': 'Join another device of mine',
  'who.restore': 'Use my 24 words',
  'who.device': 'Name of this device',
  'who.device-text': 'Such as Laptop. Empty: as the computer is called.',
  'who.revoked':
    'This device was taken out of your list, on another one. It is nobody’s any more; join again, or begin anew.',

  'words.sheet': 'Your 24 words',
  'words.title': 'Write these 24 words down',
  'words.text':
    'On paper, in this order. Whoever has them is you: with them you come back on a new computer, and so could a thief.',
  'words.list': '24 words',
  'words.care':
    'No photo, no mail, no cloud. They bring back who you are and your contacts’ trust, not files and history.',
  'words.written': 'I have written them down',
  'words.later': 'Later',
  'words.check': 'Let us see',
  'words.check-text': 'Type the words with these numbers, so that a slip of the pen shows now.',
  'words.number': 'Word {number}',
  'words.check-do': 'Check',
  'words.again': 'Show the words again',
  'words.right': 'They are right',
  'words.right-text': 'Keep the paper where you keep what you must not lose.',
  'words.done': 'Done',
  'words.show': 'Show the words',
  'words.sealed': 'The words are sealed. They are shown with the pass phrase alone.',

  'reminder.words':
    'Your 24 words are not written down yet. Without them, you lose who you are when this computer is lost.',
  'reminder.words-do': 'Write them down',
  'reminder.sign':
    'The list of your devices has to be signed anew. For this the pass phrase is needed.',

  'restore.title': 'Your 24 words',
  'restore.text':
    'Type or paste them. You become the same person again; contacts know you. Files and history are not in them.',
  'restore.words': '24 words',
  'restore.count': '{count, plural, one {# word so far} other {# words so far}}',
  'restore.good': 'These are the words of somebody',
  'restore.mixed-up':
    'Each of these words exists, but together they are not right. Is one of them another, or are two in the wrong order?',
  'restore.wrong': 'Word {number} is not in the list: “{word}”',
  'restore.do': 'Be this person',
  'restore.done': 'Welcome back',
  'restore.done-text': 'Contacts come back as they are reached, or from another device of yours.',

  'join.title': 'Join another device of yours',
  'join.text':
    'On the other device: People, You and your devices, Add a device. Type the code that it shows.',
  'join.code': 'Code or link',
  'join.do': 'Join',
  'join.looking': 'Looking for the other device …',
  'join.asking': 'Found: {name}. Both show a number; is it the same?',
  'join.asking-text': 'Say yes on the other device.',
  'join.joined': 'Joined. In a moment you are the same person here.',
  'join.ended': 'It was ended before anything was joined. Nothing has changed.',

  'add-device.title': 'Add a device',
  'add-device.text':
    'Start Coequal on the other device, choose “Join another device of mine”, and type this code or scan it.',
  'add-device.qr': 'QR code to join',
  'add-device.code': 'Code',
  'add-device.asks': '“{name}” wants to be one of your devices',
  'add-device.asks-text':
    'Does it show the same number? Only say yes if it is yours and in front of you: it can do all that you can.',
  'add-device.yes': 'Yes, it is mine',
  'add-device.no': 'No',
  'add-device.done': '“{name}” is one of your devices',
  'add-device.done-text': 'Your contacts hear of it as they are reached.',

  'own-devices.title': 'Your devices',
  'own-devices.text': 'Each of them is you. What is sent to you reaches any of them.',
  'own-devices.member':
    'Each of them is you. To add, name or take out one, use the device that has your 24 words.',
  'own-devices.away': 'not here now',
  'own-devices.through': 'here, through {name}',
  'own-devices.since': 'since {date}',
  'own-devices.this': 'this device',
  'own-devices.menu': 'What to do with {name}',
  'own-devices.rename': 'Rename',
  'own-devices.revoke': 'Take out for ever',
  'own-devices.revoke-title': 'Take out “{name}”?',
  'own-devices.revoke-text':
    'For a device that was lost, stolen or sold. From now on it is not you, and it can never be one of yours again. Contacts stop trusting it as they hear of it.',
  'own-devices.revoke-do': 'Take out',
  'own-devices.revoked': '“{name}” is taken out',

  'pass-phrase.label': 'Pass phrase',
  'pass-phrase.new': 'New pass phrase',
  'pass-phrase.new-text':
    'Some words that only you would put together. Nobody can tell it to you if you forget it; the 24 words on paper still help.',
  'pass-phrase.short': '{count, plural, one {At least # letter} other {At least # letters}}',
  'pass-phrase.set': 'Set a pass phrase',
  'pass-phrase.change': 'Change pass phrase',
  'pass-phrase.do': 'Seal the words',
  'pass-phrase.text':
    'It seals the 24 words on this computer. It is asked for to see them, and to add or take out devices; not each day.',
  'pass-phrase.none': 'Do without a pass phrase',
  'unlock.title': 'Pass phrase needed',
  'unlock.text': 'To change your devices. It is asked for again after some minutes.',
  'unlock.do': 'Unlock',

  'me.title': 'You and your devices',
  'me.lead': 'What contacts call you, and what you come back with.',
  'me.nobody': 'You are nobody to others yet',
  'me.begin': 'Begin under People',
  'me.renamed': 'You are now called {name}; contacts hear of it',
  'keeping.title': 'So that you can come back',
  'keeping.text': 'If this computer is lost, the 24 words make a new one yours.',
  'keeping.words': '24 words',
  'keeping.created': 'Not written down yet, as far as this peer knows.',
  'keeping.checked': 'Written down and checked.',
  'keeping.sealed': 'The words are sealed on this computer.',
  'keeping.open': 'None. Whoever uses your account on this computer can read the words.',
} as const;
