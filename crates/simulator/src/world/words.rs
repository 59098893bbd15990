//! What buyers and sellers write, in the four languages of the trade.
//!
//! `{item}` stands for the product's name. The first scripts of [`QUESTIONS`] and [`DIALOGUES`] are in every world,
//! two of them about a return in Russian and two in Chinese, because people look for them.

/// A question on a product page and what a seller would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    pub asked: &'static str,
    pub answered: &'static str,
}

const fn script(asked: &'static str, answered: &'static str) -> Script {
    Script { asked, answered }
}

/// How many of [`QUESTIONS`] are in every world, the odd ones without an answer.
pub(crate) const ALWAYS_ASKED: usize = 4;

pub(crate) const QUESTIONS: &[Script] = &[
    script(
        "Здравствуйте! Можно ли оформить возврат, если размер не подойдёт? Кто оплачивает обратную дорогу?",
        "Здравствуйте! Да, возврат можно оформить в течение 14 дней, обратная доставка для вас бесплатна.",
    ),
    script(
        "Подскажите, пожалуйста, как сделать возврат: пришёл товар с трещиной, упаковка была целая.",
        "Добрый день! Нам очень жаль. Оформите возврат в личном кабинете и приложите фото трещины, деньги вернутся полностью.",
    ),
    script(
        "你好，收到的颜色和图片不一样，可以退货吗？运费谁出？",
        "您好！可以退货，请在订单页面提交申请，运费由我们承担。",
    ),
    script("请问七天内退货需要保留原包装吗？", "您好，请尽量保留原包装和标签，谢谢！"),
    script(
        "Здравствуйте! Подойдёт ли чехол на модель 2025 года?",
        "Здравствуйте! Да, подойдёт: вырезы под камеру совпадают.",
    ),
    script(
        "Какая гарантия на этот товар и куда обращаться?",
        "Добрый день! Гарантия 12 месяцев, напишите нам в чат заказа.",
    ),
    script(
        "Добрый день, размер соответствует или маломерит?",
        "Здравствуйте! Размер соответствует таблице, советуем измерить длину стопы.",
    ),
    script(
        "Есть ли в комплекте зарядка и инструкция на русском?",
        "Здравствуйте! Инструкция на русском в комплекте, зарядка продаётся отдельно.",
    ),
    script("Когда снова появится чёрный цвет?", "Здравствуйте! Поставка ожидается на следующей неделе."),
    script(
        "Из какого материала подкладка? Не линяет при стирке?",
        "Добрый день! Подкладка из полиэстера, при 30 градусах не линяет.",
    ),
    script("Можно ли мыть в посудомоечной машине?", "Здравствуйте! Да, на верхней полке и без абразивных средств."),
    script(
        "А оригинал ли это? Есть ли честный знак?",
        "Здравствуйте! Товар оригинальный, маркировка нанесена на каждую упаковку.",
    ),
    script("Сколько часов держит тепло на морозе -20?", "Добрый день! Около восьми часов при полном заполнении."),
    script(
        "Долго ли идёт доставка до Владивостока?",
        "Здравствуйте! Обычно от шести до десяти дней, срок виден при оформлении.",
    ),
    script(
        "Подарочная упаковка есть? Хочу успеть ко дню рождения ребёнка.",
        "Здравствуйте! Есть, выберите вариант «подарочный набор».",
    ),
    script(
        "Купила неделю назад, перестало включаться. Что делать?",
        "Добрый день! Напишите нам номер заказа в чат, заменим или вернём деньги.",
    ),
    script(
        "ё-моё, почему цена выросла за ночь в два раза???",
        "Здравствуйте! Закончилась акция, следующая начнётся в пятницу.",
    ),
    script(
        "Does it work with the US plug, or do I need an adapter?",
        "Hello! It comes with the EU plug, an adapter is needed.",
    ),
    script("Is the strap replaceable? I'd like a longer one.", "Hello! Yes, any 22 mm strap fits."),
    script("Can you ship to Almaty before the 20th?", "Hello! Yes, if you order today."),
    script("What is the exact weight with the box?", "Hello! It is 640 g with the box."),
    script(
        "Сәлеметсіз бе! Алматыға қанша күнде жеткізіледі?",
        "Сәлеметсіз бе! Әдетте бес-жеті күн ішінде жеткізіледі.",
    ),
    script("Өлшемі дәл келе ме, әлде үлкенірек алу керек пе?", "Сәлеметсіз бе! Өлшемі дәл келеді, кестеге қараңыз."),
    script("Кепілдік бар ма? Сынып қалса не істеймін?", "Сәлеметсіз бе! Кепілдік он екі ай, бізге жазыңыз."),
    script("请问这个有现货吗？大概几天能发货？", "您好，有现货，24小时内发货。"),
    script("尺码偏大还是偏小？我平时穿42码。", "您好，尺码标准，建议选42码。"),
    script("包装里有充电器吗？保修多久？", "您好，不含充电器，保修一年。"),
];

/// Who speaks in a dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Buyer,
    Seller,
    /// The buyer sends a picture, with words unless they are empty.
    Picture,
}

use Speaker::{Buyer, Picture, Seller};

/// A chat from its first word; cut before a line of the seller it awaits an answer.
pub(crate) type Dialogue = &'static [(Speaker, &'static str)];

/// How many of [`DIALOGUES`] are in every world, the odd ones awaiting an answer.
pub(crate) const ALWAYS_TALKED: usize = 4;

pub(crate) const DIALOGUES: &[Dialogue] = &[
    &[
        (Buyer, "Здравствуйте! Хочу оформить возврат: {item} не подошёл по размеру."),
        (Seller, "Здравствуйте! Возврат доступен 7 дней, нажмите «Вернуть товар» в заказе."),
        (Buyer, "Спасибо, возврат оформила, когда придут деньги?"),
        (Seller, "Деньги вернутся в течение трёх дней после того, как товар придёт на склад."),
    ],
    &[
        (Buyer, "Добрый день! Пришёл другой цвет, прошу возврат."),
        (Picture, "Вот фото, на коробке указан синий"),
        (Seller, "Добрый день! Приносим извинения. Одобрим возврат или вышлем нужный цвет, что вам удобнее?"),
    ],
    &[
        (Buyer, "你好，{item} 收到后有划痕，想退货。"),
        (Seller, "您好，非常抱歉。请在订单里申请退货，我们马上同意。"),
        (Buyer, "好的，谢谢！"),
        (Seller, "不客气，祝您生活愉快！"),
    ],
    &[(Buyer, "卖家你好，可以退货吗？尺寸买错了，还没有拆封。"), (Seller, "您好，可以的，未拆封七天内都能退货。")],
    &[
        (Buyer, "Здравствуйте, где мой заказ? Трек не обновляется пять дней."),
        (Seller, "Здравствуйте! Посылка на сортировочном центре, ожидайте завтра."),
        (Buyer, "Поняла, жду. Если не придёт, напишу снова"),
        (Seller, "Конечно, мы на связи."),
    ],
    &[
        (Buyer, "Подойдёт ли {item} к [этой модели](https://www.ozon.ru/product/646399170/)?"),
        (Seller, "Да, подойдёт, проверили по размерам."),
    ],
    &[
        (Picture, ""),
        (Buyer, "Это нормально, что крышка так закрывается?"),
        (Seller, "Да, это предохранитель, поверните крышку до щелчка."),
        (Buyer, "Получилось, благодарю!"),
    ],
    &[
        (Buyer, "Не пришёл кабель из комплекта, заказ 58544282-0057-1"),
        (Seller, "Приносим извинения, вышлем кабель отдельно. Подтвердите, пожалуйста, адрес пункта выдачи."),
        (Buyer, "Тот же пункт"),
        (Seller, "Отправили, трек появится вечером."),
    ],
    &[
        (Buyer, "Можно изменить размер в заказе на 43? Ещё не отправили же"),
        (Seller, "К сожалению, изменить нельзя: отмените заказ и оформите новый."),
    ],
    &[
        (Buyer, "Сломалось через две недели. Кто отвечает за гарантию?"),
        (Picture, "На видео слышно треск, вот кадр"),
        (Seller, "Гарантия год. Напишите, пожалуйста, номер партии с наклейки."),
    ],
    &[
        (Buyer, "Hello, is {item} compatible with 220 V?"),
        (Seller, "Hello! Yes, 220 to 240 V."),
        (Buyer, "Great, and does it come with a manual in English?"),
        (Seller, "Yes, in English and Russian."),
    ],
    &[
        (Buyer, "Hi, the parcel arrived but one piece is missing. What can you do?"),
        (Picture, "Photo of the box attached"),
        (Seller, "We are sorry! We will send the missing piece tomorrow."),
    ],
    &[(Buyer, "Сәлеметсіз бе! Тауар қашан келеді?"), (Seller, "Сәлеметсіз бе! Ертең жеткізіледі."), (Buyer, "Рақмет!")],
    &[(Buyer, "Түсі суреттегідей емес, ауыстыруға бола ма?"), (Seller, "Иә, ауыстырып береміз, фото жіберіңізші.")],
    &[
        (Buyer, "请问什么时候发货？急用。"),
        (Seller, "您好，今天下午发货。"),
        (Buyer, "谢谢，单号发我一下。"),
        (Seller, "好的，发货后发给您。"),
    ],
    &[(Buyer, "说明书只有俄文，有中文版吗？"), (Picture, "就是这一页看不懂"), (Seller, "有的，稍后发给您电子版。")],
];

/// What a buyer says after an answer, by the script of what they wrote before.
pub(crate) fn follow_up(to: &str, turn: usize) -> &'static str {
    let [first, second] = match language(to) {
        Language::Chinese => ["明白了，那大概多久能处理好？", "好的，谢谢！"],
        Language::English => ["Thanks! And how long will that take?", "Great, thank you!"],
        Language::Kazakh => ["Рақмет! Ал қанша уақыт кетеді?", "Түсінікті, рақмет!"],
        Language::Russian => ["Спасибо! А сколько это займёт времени?", "Поняла, благодарю за помощь!"],
    };
    if turn == 0 { first } else { second }
}

enum Language {
    Russian,
    English,
    Kazakh,
    Chinese,
}

fn language(text: &str) -> Language {
    if text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)) {
        Language::Chinese
    } else if text.chars().any(|letter| "әғқңөұүһі".contains(letter)) {
        Language::Kazakh
    } else if text.chars().any(|letter| ('а'..='я').contains(&letter)) {
        Language::Russian
    } else {
        Language::English
    }
}
