/** Arabic: content on the way to another place. */
import type { moves as en } from '../en/moves.ts';

export const moves: Readonly<Record<keyof typeof en, string>> = {
  'action.cancel-move': 'أوقف النقل إلى المجلد',
  'reason.MOVING': 'يُنقل إلى {path}',
  'reason.PLACE_CHANGING': 'يُغيَّر مكانه على القرص',
  'reason.MOVE_CHECKING': 'يُفحص قبل نقله: {done, number} من {pieces, number} من القطع',
  'reason.MOVE_COPYING': 'يُنسخ إلى {path}: {moved} من {total}',
  'reason.TRANSFER_MOVED': 'نُقل «{name}» إلى {path}',
  'reason.MOVE_CANCELLED': 'أُوقف نقل «{name}»؛ وهو حيث كان',
  'reason.MOVE_TARGET_EXISTS': 'يوجد {path} من قبل',
  'hint.MOVE_TARGET_EXISTS': 'اختر مجلدًا آخر، أو أبعد ما هناك.',
  'reason.CONTENT_CHANGED': 'ما في {path} ليس كما كان حين اكتمل',
  'hint.CONTENT_CHANGED':
    'افحص ملفاته من جديد أولًا: يُجلب التالف ثانيةً. وما غيّرته بنفسك فانقله بيدك.',
};
