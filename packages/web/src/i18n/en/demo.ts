/** English: the demo. */
export const demo = {
  'demo.offer': 'See how it works first',
  'demo.offer-text':
    'Some peers on this computer alone share a made-up folder. Nothing is sent anywhere, and nothing is left.',
  'demo.try': 'Try it without the Internet',
  'demo.title': 'A swarm on this computer',
  'demo.about':
    'One peer has a folder; the others fetch it. The first gives slowly, so you see the others pass on to each other what they have. All of it stays on this computer, and is deleted at the end.',
  'demo.begin': 'Begin',
  'demo.again': 'Begin again',
  'demo.stop': 'Stop it',
  'demo.step-making': 'A folder of {size} is made up, and its fingerprint is taken',
  'demo.step-sharing': 'The peers fetch it from the first, and from each other',
  'demo.step-comparing': 'All copies are compared, byte by byte',
  'demo.done':
    'All have the same, after {time}. {share} of it the peers gave to each other. The folders are deleted.',
  'demo.cancelled': 'You stopped it. The folders are deleted.',
  'demo.differ': 'The copies differ. Please report this. The folders are deleted.',
  'demo.seed': 'The first, who has it',
  'demo.peer': 'Peer {number}',
  'demo.took-gave': 'took {taken}, gave {given}',
} as const;
