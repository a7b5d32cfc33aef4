/** Arabic: taking over transfers of other programs. */
export const imports = {
  'nav.import': 'نقل التحميلات إلى هنا',
  'import.title': 'متابعة تحميلات برنامج آخر',
  'import.lead':
    'من qBittorrent وTransmission على هذا الحاسوب. تبقى الملفات حيث هي، وما هو موجود يُفحص ولا يُجلب من جديد.',
  'import.settings-text':
    'تابع هنا ما بدأه qBittorrent أو Transmission: بالمجلدات والفئات والوسوم والحدود نفسها.',
  'import.open': 'البحث عن تحميلات',
  'import.where': 'من أين',
  'import.looking-around': 'وُجد في الأماكن المعتادة',
  'import.none-found': 'لم يوجد شيء في الأماكن المعتادة',
  'import.none-found-text': 'إن كان أحد البرنامجين يحفظ تحميلاته في مجلد آخر فاذكره أدناه.',
  'import.place':
    '{count, plural, zero {لا عمليات نقل} one {عملية نقل واحدة} two {عمليتا نقل} few {# عمليات نقل} many {# عملية نقل} other {# عملية نقل}} من {program}',
  'import.look': 'الاطلاع على {program}',
  'import.other': 'مجلد آخر',
  'import.other-text':
    'مجلد إعدادات qBittorrent أو مجلده BT_backup، أو مجلد Transmission الذي فيه «resume» و«torrents».',
  'import.look-there': 'البحث هناك',
  'import.looking': 'تجري قراءة ما هناك',
  'import.empty': 'لا شيء يمكن أخذه',
  'import.empty-text': 'لا يحفظ البرنامج أي عمليات نقل في هذا المجلد.',
  'import.list': 'عمليات نقل {program}',
  'import.all': 'كل ما هو جاهز',
  'import.whole': 'كامل، {size}',
  'import.part': '{have} من {size}',
  'import.magnet': 'رابط magnet، ولا يُعرف عنه شيء بعد',
  'import.paused': 'متوقف مؤقتًا',
  'import.private': 'خاص',
  'import.choose': 'أخذ {name}',
  'import.close-first':
    'أغلق {program} قبل أن تتابع. لا يتغير شيء مما يحفظه، لكن لا يجوز أن يكتب برنامجان في الملفات نفسها.',
  'import.do':
    '{count, plural, zero {لا شيء يؤخذ} one {أخذ عملية نقل واحدة} two {أخذ عمليتي نقل} few {أخذ # عمليات نقل} many {أخذ # عملية نقل} other {أخذ # عملية نقل}}',
  'import.doing': 'يجري الأخذ',
  'import.back': 'رجوع',
  'import.done':
    '{count, plural, zero {لم تؤخذ أي عملية نقل} one {أُخذت عملية نقل واحدة} two {أُخذت عمليتا نقل} few {أُخذت # عمليات نقل} many {أُخذت # عملية نقل} other {أُخذت # عملية نقل}}',
  'import.done-text':
    'يُفحص الآن ما هو موجود. أزلها من {program} مع إبقاء ملفاتها، أو لا تشغّله بعد الآن.',
  'import.refused':
    '{count, plural, zero {لم يُترك شيء} one {تُركت عملية نقل واحدة} two {تُركت عمليتا نقل} few {تُركت # عمليات نقل} many {تُركت # عملية نقل} other {تُركت # عملية نقل}}',
  'import.show': 'عرض عمليات النقل',
  'import.first': 'تابع ما لديك',
  'import.first-text':
    '{count, plural, zero {لا توجد عمليات نقل من {program}.} one {وُجدت عملية نقل واحدة من {program} على هذا الحاسوب. اختر هل تتابعها هنا.} two {وُجدت عمليتا نقل من {program} على هذا الحاسوب. اختر ما تتابعه هنا.} few {وُجدت # عمليات نقل من {program} على هذا الحاسوب. اختر ما تتابعه هنا.} many {وُجدت # عملية نقل من {program} على هذا الحاسوب. اختر ما تتابعه هنا.} other {وُجدت # عملية نقل من {program} على هذا الحاسوب. اختر ما تتابعه هنا.}}',

  'reason.TRANSFERS_IMPORTED':
    '{count, plural, zero {لم يؤخذ شيء من {program}} one {أُخذت عملية نقل واحدة من {program}} two {أُخذت عمليتا نقل من {program}} few {أُخذت # عمليات نقل من {program}} many {أُخذت # عملية نقل من {program}} other {أُخذت # عملية نقل من {program}}}',
  'reason.NO_FOREIGN_STATE': 'لا توجد هناك عمليات نقل من qBittorrent أو Transmission',
  'hint.NO_FOREIGN_STATE':
    'اذكر المجلد الذي يحفظها فيه: BT_backup، أو المجلد الذي فيه «resume» و«torrents».',
  'reason.IMPORT_UNREADABLE': 'لا يمكن قراءة ما يحفظه البرنامج الآخر عنها',
  'hint.IMPORT_UNREADABLE': 'إن كان ذلك البرنامج ما زال يعرفها فاحفظ منه ملف ‎.torrent وأضفه هنا.',
  'reason.IMPORT_NO_TORRENT': 'ملف ‎.torrent الخاص بها مفقود هناك',
  'hint.IMPORT_NO_TORRENT': 'أضفها برابط magnet أو بملف ‎.torrent، مع المجلد نفسه.',
  'reason.IMPORT_ALREADY_HERE': 'هي بين عمليات النقل من قبل',
  'reason.IMPORT_BAD_PLACE': 'مجلدها ليس من هذا الحاسوب: {path}',
  'hint.IMPORT_BAD_PLACE': 'أضف ملف ‎.torrent الخاص بها، مع المجلد الذي فيه محتواها.',
  'reason.IMPORT_SCATTERED': 'ليست ملفاتها معًا في مجلد خاص بها، في {path}',
  'hint.IMPORT_SCATTERED': 'ضعها بالبرنامج الآخر في مجلد واحد كما هي في التورنت، ثم ابحث من جديد.',
  'reason.IMPORT_DATA_MISSING': 'لا يوجد منها شيء في {path}: ستُجلب كلها من جديد',
  'hint.IMPORT_DATA_MISSING': 'هل هناك قرص غير موصول؟ أعد الملفات أولًا، أو اخترها لتُجلب من جديد.',
  'reason.IMPORT_FILES_MISSING':
    '{count, plural, zero {لا ينقص شيء في {path}} one {ينقص ملف واحد من ملفاتها في {path} وسيُجلب من جديد} two {ينقص ملفان من ملفاتها في {path} وسيُجلبان من جديد} few {تنقص # ملفات منها في {path} وستُجلب من جديد} many {ينقص # ملفًا منها في {path} وستُجلب من جديد} other {ينقص # ملف منها في {path} وستُجلب من جديد}}',
  'hint.IMPORT_FILES_MISSING': 'أعدها أولًا، أو اخترها لتُجلب من جديد.',
  'reason.IMPORT_NOTHING_WANTED':
    'لا يُراد هناك أي من ملفاتها: تأتي إلى هنا متوقفة مؤقتًا وكل ملفاتها مرادة',
  'reason.IMPORT_PRIVATE': 'خاصة: قد لا يقبل متتبعها برنامجين معًا',
  'hint.IMPORT_PRIVATE': 'أزلها من {program} مع إبقاء ملفاتها قبل أن تعمل هنا.',
  'reason.IMPORT_PROGRAM_RUNS': 'يبدو أن {program} يعمل',
  'hint.IMPORT_PROGRAM_RUNS': 'أغلقه أولًا ثم ابحث من جديد: ما لم يكتبه بعد ينقص هنا.',
  'reason.IMPORT_TOO_MANY': 'لا يُعرض إلا أول {count}',
} as const;
