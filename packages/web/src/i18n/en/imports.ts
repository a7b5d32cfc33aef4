/** English: taking over transfers of other programs. */
export const imports = {
  'nav.import': 'Take over transfers',
  'import.title': 'Take over transfers',
  'import.lead':
    'From qBittorrent and Transmission on this computer. Files stay where they lie. What is there is checked, and not fetched again.',
  'import.settings-text':
    'Go on here with what qBittorrent or Transmission began: with folders, categories, tags and limits.',
  'import.open': 'Look for transfers',
  'import.where': 'Where from',
  'import.looking-around': 'Found in the usual places',
  'import.none-found': 'Nothing was found in the usual places',
  'import.none-found-text':
    'If one of the programs keeps its transfers in another folder, name it below.',
  'import.place': '{count, plural, one {# transfer} other {# transfers}} of {program}',
  'import.look': 'Look at {program}',
  'import.other': 'Another folder',
  'import.other-text':
    'The profile of qBittorrent or its folder BT_backup, or the folder of Transmission that has “resume” and “torrents”.',
  'import.look-there': 'Look there',
  'import.looking': 'Reading what is there',
  'import.empty': 'There is nothing to take over',
  'import.empty-text': 'The program keeps no transfers in this folder.',
  'import.list': 'Transfers of {program}',
  'import.all': 'All that are ready',
  'import.whole': 'whole, {size}',
  'import.part': '{have} of {size}',
  'import.magnet': 'Magnet link, nothing is known yet',
  'import.paused': 'paused',
  'import.private': 'private',
  'import.choose': 'Take over {name}',
  'import.close-first':
    'Close {program} before you go on. Nothing of what it keeps is changed, but two programs must not write to the same files.',
  'import.do': '{count, plural, one {Take over # transfer} other {Take over # transfers}}',
  'import.doing': 'Taking over',
  'import.back': 'Back',
  'import.done':
    '{count, plural, =0 {No transfer was taken over} one {# transfer was taken over} other {# transfers were taken over}}',
  'import.done-text':
    'What is there is being checked now. Remove them in {program} and keep their files there, or do not start it again.',
  'import.refused':
    '{count, plural, one {# transfer was left out} other {# transfers were left out}}',
  'import.show': 'Show the transfers',
  'import.first': 'Go on with what you have',
  'import.first-text':
    '{count, plural, one {# transfer of {program} was found on this computer. Choose whether to go on with it here.} other {# transfers of {program} were found on this computer. Choose which to go on with here.}}',

  'reason.TRANSFERS_IMPORTED':
    '{count, plural, one {# transfer of {program} was taken over} other {# transfers of {program} were taken over}}',
  'reason.NO_FOREIGN_STATE': 'No transfers of qBittorrent or Transmission are there',
  'hint.NO_FOREIGN_STATE':
    'Name the folder in which it keeps them: BT_backup, or the one with “resume” and “torrents”.',
  'reason.IMPORT_UNREADABLE': 'What the other program keeps of it cannot be read',
  'hint.IMPORT_UNREADABLE':
    'If that program still knows it, export its .torrent file there and add it here.',
  'reason.IMPORT_NO_TORRENT': 'Its .torrent file is missing there',
  'hint.IMPORT_NO_TORRENT': 'Add it by its magnet link or .torrent file, with the same folder.',
  'reason.IMPORT_ALREADY_HERE': 'It is among the transfers already',
  'reason.IMPORT_BAD_PLACE': 'Its folder is none of this computer: {path}',
  'hint.IMPORT_BAD_PLACE': 'Add its .torrent file, with the folder in which its content lies.',
  'reason.IMPORT_SCATTERED': 'Its files do not lie together in a folder of their own, in {path}',
  'hint.IMPORT_SCATTERED':
    'Put them into one folder with the other program, as the torrent has them, and look again.',
  'reason.IMPORT_DATA_MISSING': 'Nothing of it lies at {path}: all would be fetched again',
  'hint.IMPORT_DATA_MISSING':
    'Is a disk not connected? Put the files back first, or choose it to fetch them anew.',
  'reason.IMPORT_FILES_MISSING':
    '{count, plural, one {# of its files is missing in {path}, and would be fetched again} other {# of its files are missing in {path}, and would be fetched again}}',
  'hint.IMPORT_FILES_MISSING': 'Put them back first, or choose it to fetch them anew.',
  'reason.IMPORT_NOTHING_WANTED':
    'None of its files is wanted there: it comes here paused, with all of them wanted',
  'reason.IMPORT_PRIVATE': 'Private: its tracker may not like two programs at once',
  'hint.IMPORT_PRIVATE': 'Remove it in {program}, and keep its files, before it runs here.',
  'reason.IMPORT_PROGRAM_RUNS': '{program} seems to run',
  'hint.IMPORT_PROGRAM_RUNS':
    'Close it first, and look again: what it has not written yet is missing here.',
  'reason.IMPORT_TOO_MANY': 'Only the first {count} are shown',
} as const;
