//! What buyers write in reviews, and what a seller answers.

/// A review in the buyer's three fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    pub text: &'static str,
    pub pros: &'static str,
    pub cons: &'static str,
    pub stars: u8,
    pub tags: &'static [&'static str],
    pub answered: &'static str,
}

/// How many of [`SCRIPTS`] are the newest reviews of every world, the odd ones without an answer.
pub(crate) const ALWAYS_WRITTEN: u64 = 6;

pub(crate) const SCRIPTS: &[Script] = &[
    Script {
        text: "Возврат оформили быстро, но сама вещь пришла с царапиной.",
        pros: "Цвет",
        cons: "Царапина на крышке",
        stars: 2,
        tags: &["упаковка"],
        answered: "Здравствуйте! Нам очень жаль, спасибо, что сообщили: проверим упаковку на складе.",
    },
    Script {
        text: "Хочу оформить возврат: размер не соответствует таблице, большемерит на два размера.",
        pros: "",
        cons: "Размер",
        stars: 1,
        tags: &["размер", "описание"],
        answered: "Здравствуйте! Оформите возврат в личном кабинете, пожалуйста, обратная доставка бесплатна.",
    },
    Script {
        text: "颜色和图片不一样，已经申请退货。",
        pros: "发货快",
        cons: "色差",
        stars: 2,
        tags: &["цвет"],
        answered: "您好，非常抱歉给您带来不便，退货已经同意。",
    },
    Script {
        text: "可以退货吗？杯盖漏水，包里全湿了。",
        pros: "",
        cons: "漏水",
        stars: 1,
        tags: &["качество"],
        answered: "您好，可以退货，我们马上处理。",
    },
    Script {
        text: "Спасибо, всё подошло! Ребёнок в восторге 🎉",
        pros: "Удобный, мягкий, лёгкий",
        cons: "Нет",
        stars: 5,
        tags: &["цена", "качество"],
        answered: "Спасибо за отзыв! Ждём вас снова.",
    },
    Script {
        text: "",
        pros: "",
        cons: "Через неделю перестало включаться",
        stars: 1,
        tags: &[],
        answered: "Здравствуйте! Гарантия 12 месяцев, напишите нам в чат заказа: заменим или вернём деньги.",
    },
    Script {
        text: "Нормально за свои деньги",
        pros: "Цена",
        cons: "Запах первое время",
        stars: 4,
        tags: &["цена", "запах"],
        answered: "Спасибо за оценку! Запах уходит после проветривания.",
    },
    Script {
        text: "", pros: "", cons: "", stars: 5, tags: &[], answered: "Спасибо за высокую оценку!"
    },
    Script {
        text: "Good quality, arrived in Almaty in five days.",
        pros: "Fast delivery",
        cons: "The box was dented",
        stars: 4,
        tags: &["доставка"],
        answered: "Thank you for your review!",
    },
    Script {
        text: "Өте жақсы тауар, рақмет! Балаға ұнады.",
        pros: "Сапасы",
        cons: "",
        stars: 5,
        tags: &["качество"],
        answered: "Пікіріңізге рақмет!",
    },
    Script {
        text: "Ношу вторую неделю, полёт нормальный. Дополню позже.",
        pros: "Лёгкие, не натирают",
        cons: "Белая подошва пачкается",
        stars: 5,
        tags: &["удобство"],
        answered: "Спасибо! Будем рады дополнению.",
    },
    Script {
        text: "Пришло б/у, следы вскрытия, чужой волос внутри. Как так?!",
        pros: "",
        cons: "Б/у",
        stars: 1,
        tags: &["упаковка", "качество"],
        answered: "Здравствуйте! Приносим извинения, разбираемся со складом. Деньги вернём полностью.",
    },
    Script { text: "👍", pros: "", cons: "", stars: 5, tags: &[], answered: "Спасибо!" },
    Script {
        text: "物流很快，质量不错，五星好评。",
        pros: "质量",
        cons: "",
        stars: 5,
        tags: &["качество", "доставка"],
        answered: "谢谢您的好评！",
    },
];

pub(crate) const NAMES: &[&str] = &["Ольга", "Николай", "Айгерим", "", "Татьяна", "小红", "Maria", "Р.", "Дмитрий"];
pub(crate) const COLOURS: &[&str] = &["синий", "чёрный", "colorless", "бежевый", ""];
