//! What a grown world is made of, whatever the platform: goods, words, and the seeded dice that mix them.

pub(crate) mod age;
pub(crate) mod dice;
pub(crate) mod draw;
pub(crate) mod goods;
pub(crate) mod words;
