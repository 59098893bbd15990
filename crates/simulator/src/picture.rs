//! Small real pictures, so that whoever decodes them decodes something.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A PNG whose colours follow from `seed`: a plain ground with a lighter disc.
pub(crate) fn png(seed: u64, width: u32, height: u32) -> Vec<u8> {
    encoded(seed, width, height, ImageFormat::Png)
}

/// The same as JPEG.
pub(crate) fn jpeg(seed: u64, width: u32, height: u32) -> Vec<u8> {
    encoded(seed, width, height, ImageFormat::Jpeg)
}

/// The same as WebP.
pub(crate) fn webp(seed: u64, width: u32, height: u32) -> Vec<u8> {
    encoded(seed, width, height, ImageFormat::WebP)
}

fn encoded(seed: u64, width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let ground = [97, 57, 31].map(|step| (seed.wrapping_mul(step) % 160) as u8);
    let disc = ground.map(|part| part.saturating_add(80));
    let radius = i64::from(width.min(height)) / 3;
    let (middle_x, middle_y) = (i64::from(width) / 2, i64::from(height) / 2);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (i64::from(x) - middle_x, i64::from(y) - middle_y);
        Rgb(if x * x + y * y < radius * radius { disc } else { ground })
    });
    let mut file = Cursor::new(Vec::new());
    // Writing to memory fails only on a size of zero, and then an empty file is the right answer.
    match picture.write_to(&mut file, format) {
        Ok(()) => file.into_inner(),
        Err(_) => Vec::new(),
    }
}
