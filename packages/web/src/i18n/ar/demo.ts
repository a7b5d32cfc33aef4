/** Arabic: the demo. */
import type { demo as en } from '../en/demo.ts';

export const demo: Readonly<Record<keyof typeof en, string>> = {
  'demo.offer': 'انظر أولًا كيف يعمل',
  'demo.offer-text':
    'بضعة نظراء على هذا الحاسوب وحده يتشاركون مجلدًا مصطنعًا. لا يُرسل شيء إلى أي مكان، ولا يبقى شيء.',
  'demo.try': 'جرّبه من دون الإنترنت',
  'demo.title': 'سرب على هذا الحاسوب',
  'demo.about':
    'لدى نظير واحد مجلد، ويجلبه الآخرون. يعطي الأول ببطء، فترى كيف يمرّر الآخرون بعضهم لبعض ما لديهم. يبقى كل ذلك على هذا الحاسوب، ويُحذف في النهاية.',
  'demo.begin': 'ابدأ',
  'demo.again': 'ابدأ من جديد',
  'demo.stop': 'أوقفه',
  'demo.step-making': 'يُصطنع مجلد حجمه {size} وتؤخذ بصمته',
  'demo.step-sharing': 'يجلبه النظراء من الأول ومن بعضهم بعضًا',
  'demo.step-comparing': 'تُقارن كل النسخ بايتًا بايتًا',
  'demo.done':
    'لدى الجميع الشيء نفسه بعد {time}. أعطى النظراء بعضهم بعضًا {share} منه. حُذفت المجلدات.',
  'demo.cancelled': 'أوقفته أنت. حُذفت المجلدات.',
  'demo.differ': 'النسخ مختلفة. نرجو الإبلاغ عن ذلك. حُذفت المجلدات.',
  'demo.seed': 'الأول، وهو عنده',
  'demo.peer': 'النظير {number}',
  'demo.took-gave': 'أخذ {taken} وأعطى {given}',
};
