/** Arabic: what the doctor finds, and what to do about it. */
import type { doctor as en } from '../en/doctor.ts';

export const doctor: Readonly<Record<keyof typeof en, string>> = {
  'verdict.unknown': 'غير معروف',
  'reason.SERVICE_OFF': 'الجزء «{service}» متوقف كما في الإعدادات',
  'hint.SERVICE_WAITING': 'أجب عن الصفحة الأولى، أو أضف نقلًا.',
  'reason.CLOCK_RIGHT':
    '{servers, plural, zero {الساعة صحيحة} one {الساعة صحيحة كما يقول خادم سُئل عن شيء} two {الساعة صحيحة كما يقول خادمان سُئلا عن شيء} few {الساعة صحيحة كما تقول # خوادم سُئلت عن شيء} many {الساعة صحيحة كما يقول # خادمًا سُئلت عن شيء} other {الساعة صحيحة كما يقول # خادم سُئلت عن شيء}}',
  'reason.CLOCK_UNTOLD': 'لم يذكر أحد الوقت بعد؛ السنة معقولة والساعة تسير بانتظام',
  'hint.CLOCK_UNTOLD': 'لا يُسأل أحد عنه: يظهر ذلك حين يُستعمل متعقّب على الويب أو عنوان https.',
  'reason.CLOCK_IMPLAUSIBLE': 'بحسب ساعة هذا الحاسوب نحن في سنة {year}',
  'reason.CLOCK_AHEAD': 'ساعة هذا الحاسوب متقدمة {seconds} عمّا تقوله خوادم سُئلت عن شيء',
  'reason.CLOCK_BEHIND': 'ساعة هذا الحاسوب متأخرة {seconds} عمّا تقوله خوادم سُئلت عن شيء',
  'reason.CLOCK_SET_BACK': 'أُرجعت ساعة هذا الحاسوب {seconds} إلى الوراء والنظير يعمل',
  'hint.CLOCK_IMPLAUSIBLE':
    'اضبط التاريخ والوقت والمنطقة الزمنية في إعدادات النظام، ودعه يضبط ساعته من الشبكة.',
  'hint.CLOCK_AHEAD':
    'دع النظام يضبط ساعته من الشبكة (في لينكس: timedatectl set-ntp true)، أو اضبط الوقت والمنطقة الزمنية بيدك.',
  'hint.CLOCK_BEHIND':
    'دع النظام يضبط ساعته من الشبكة (في لينكس: timedatectl set-ntp true)، أو اضبط الوقت والمنطقة الزمنية بيدك.',
  'hint.CLOCK_SET_BACK': 'إن لم يفعل أحد ذلك عمدًا، فدع النظام يضبط ساعته من الشبكة.',
  'reason.HANDLES_GOOD':
    'الملفات والاتصالات المفتوحة {open, number}؛ يسمح النظام بعدد {limit, number}، ويحتاج نظير مشغول إلى {needed, number}',
  'reason.HANDLES_NEAR':
    'الملفات والاتصالات المفتوحة {open, number}، ويسمح النظام بعدد {limit, number}',
  'reason.HANDLES_FEW':
    'يسمح النظام بعدد {limit, number} من الملفات والاتصالات المفتوحة، ويحتاج نظير مشغول إلى {needed, number}',
  'reason.HANDLES_UNKNOWN': 'لا يقول هذا النظام كم ملفًا يجوز للبرنامج أن يفتح',
  'hint.HANDLES_NEAR':
    'ارفع الحد إلى 4096 أو أكثر: «ulimit -n 4096» في الطرفية قبل تشغيل النظير، أو «LimitNOFILE=4096» في وحدة systemd الخاصة به.',
  'hint.HANDLES_FEW':
    'ارفع الحد إلى 4096 أو أكثر: «ulimit -n 4096» في الطرفية قبل تشغيل النظير، أو «LimitNOFILE=4096» في وحدة systemd الخاصة به.',
  'hint.HANDLES_UNKNOWN': 'يقوله «ulimit -n» في الطرفية.',
  'reason.TIME_OUTS_DIALS_FEW': 'المحاولات الأخيرة للاتصال أقل من أن تُعرف منها نسبة الردود',
  'reason.TIME_OUTS_DIALS_GOOD':
    'من {ended, number} محاولة اتصال في الدقائق العشر الأخيرة بقي {timedOut, number} بلا رد، وهذا معتاد',
  'reason.TIME_OUTS_DIALS_MANY':
    'من {ended, number} محاولة اتصال في الدقائق العشر الأخيرة بقي {timedOut, number} بلا رد',
  'hint.TIME_OUTS_DIALS_MANY':
    'يأتي النظراء ويذهبون، فلا يرد كثير منهم. أما ألّا يرد أحد تقريبًا فيعني أن جدارًا ناريًا أو الشبكة يمنع الاتصالات: اسمح لـ Coequal بالخروج (TCP وUDP، كل المنافذ)، أو جرّب شبكة أخرى.',
  'reason.TIME_OUTS_DHT_FEW': 'الأسئلة الأخيرة في DHT أقل من أن تُعرف منها نسبة الردود',
  'reason.TIME_OUTS_DHT_GOOD':
    'من {ended, number} سؤالًا إلى DHT في الدقائق العشر الأخيرة بقي {timedOut, number} بلا رد، وهذا معتاد',
  'reason.TIME_OUTS_DHT_MANY':
    'من {ended, number} سؤالًا إلى DHT في الدقائق العشر الأخيرة بقي {timedOut, number} بلا رد',
  'hint.TIME_OUTS_DHT_MANY':
    'هناك ما يمنع UDP. اسمح لـ Coequal بإرسال UDP واستقباله في الجدار الناري؛ بعض شبكات الضيوف والشركات لا تسمح به. وتبقى المتعقّبات والنظراء الآخرون طريقًا إلى النظراء.',
  'reason.TIME_OUTS_TRACKERS_FEW': 'المتعقّبات التي سُئلت أقل من أن يُعرف كم منها يرد',
  'reason.TIME_OUTS_TRACKERS_GOOD':
    'من {ended, number} من المتعقّبات التي سُئلت لا يرد {timedOut, number}',
  'reason.TIME_OUTS_TRACKERS_MANY':
    'من {ended, number} من المتعقّبات التي سُئلت لا يرد {timedOut, number}',
  'hint.TIME_OUTS_TRACKERS_MANY':
    'إنها متوقفة، أو تمنعها الشبكة: انظر هل تُفتح عناوينها من مكان آخر. ومن دون متعقّبات يجد النقل العام نظراء في DHT وعبر نظراء آخرين.',
  'reason.LAN_GOOD': 'يمكن العثور على جهات الاتصال في الشبكة المحلية',
  'reason.LAN_OFFLINE': 'لا يُبحث في الشبكة المحلية: النظير غير متصل',
  'reason.LAN_NO_NETWORK': 'هذا الحاسوب ليس في أي شبكة محلية',
  'hint.LAN_NO_NETWORK': 'صله بشبكة لاسلكية أو بكابل.',
  'reason.LAN_ONLY_VPN': 'كل شيء يمر عبر النفق {name}: لا يُعثر على جهات الاتصال في الشبكة المحلية',
  'hint.LAN_ONLY_VPN': 'اسمح بالشبكات المحلية في إعدادات الشبكة الافتراضية.',
  'reason.LAN_PORT_TAKEN':
    'برنامج آخر يحجز منفذ UDP ‏5353 لنفسه: لا يُعثر على جهات الاتصال في الشبكة المحلية',
  'hint.LAN_PORT_TAKEN': 'أغلقه، أو اجعله يتقاسم المنفذ.',
  'reason.LAN_SEND_FAILED': 'لا يمكن إرسال شيء إلى الشبكة المحلية عبر {name}',
  'hint.LAN_SEND_FAILED': 'ربما يمنعه جدار الحماية في هذا الحاسوب.',
  'reason.LAN_BLOCKED_HERE': 'ما يُقال في الشبكة المحلية لا يدخل عبر {name}',
  'hint.LAN_BLOCKED_HERE': 'اسمح بدخول منفذ UDP ‏5353 في جدار حماية هذا الحاسوب.',
  'reason.LAN_NOBODY_HEARD': 'لا يُسمع أحد آخر في الشبكة المحلية عبر {name}',
  'hint.LAN_NOBODY_HEARD':
    'إن كان هناك آخرون فالشبكة تفصل بين أجهزتها، كشبكة الضيوف: استعمل غيرها.',
};
