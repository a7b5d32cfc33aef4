/** English: content on the way to another place. */
export const moves = {
  'action.cancel-move': 'Stop moving it',
  'reason.MOVING': 'Moving to {path}',
  'reason.PLACE_CHANGING': 'Its place on disk is being changed',
  'reason.MOVE_CHECKING': 'Checking before it is moved: {done, number} of {pieces, number} pieces',
  'reason.MOVE_COPYING': 'Copying to {path}: {moved} of {total}',
  'reason.TRANSFER_MOVED': '“{name}” was moved to {path}',
  'reason.MOVE_CANCELLED': 'The move of “{name}” was stopped; it is where it was',
  'reason.MOVE_TARGET_EXISTS': '{path} is there already',
  'hint.MOVE_TARGET_EXISTS': 'Choose another folder, or move away what is there.',
  'reason.CONTENT_CHANGED': 'What is in {path} is not what it was when it was complete',
  'hint.CONTENT_CHANGED':
    'Check its files again first: what is damaged is fetched anew. What you changed yourself, move by hand.',
} as const;
