//! Small real pictures, so that whoever decodes them decodes something.

use std::borrow::Cow;

/// A PNG whose colours follow from `seed`: a plain ground with a lighter disc.
pub(crate) fn png(seed: u64, width: u32, height: u32) -> Vec<u8> {
    let ground =
        [(seed.wrapping_mul(97) % 160) as u8, (seed.wrapping_mul(57) % 160) as u8, (seed.wrapping_mul(31) % 160) as u8];
    let disc = ground.map(|part| part.saturating_add(80));
    let radius = i64::from(width.min(height)) / 3;
    let (middle_x, middle_y) = (i64::from(width) / 2, i64::from(height) / 2);
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for y in 0..i64::from(height) {
        for x in 0..i64::from(width) {
            pixels.push(u8::from((x - middle_x).pow(2) + (y - middle_y).pow(2) < radius * radius));
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(Cow::Owned([ground, disc].concat()));
    // Writing to memory fails only on a size of zero, and then an empty file is the right answer.
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    if written.is_err() {
        file.clear();
    }
    file
}
