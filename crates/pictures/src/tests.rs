//! Honest pictures come through, and what was made to do harm is refused cheaply. The latter runs in a process of its own, whose
//! memory can be measured.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

mod bombs;

use image::codecs::gif::GifEncoder;
use image::{Frame, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn plain(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 128])).into()
}

fn shown(bytes: &[u8], edge: u32) -> Result<Preview, Error> {
    preview(bytes, edge, &Limits::default())
}

#[test]
fn a_picture_becomes_small_and_ours() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let made = shown(&file(&plain(800, 400), format), 200).unwrap();
        assert_eq!(made.size, Size { width: 200, height: 100 }, "{format:?}");
        assert_eq!(image::load_from_memory(&made.bytes).unwrap().width(), 200, "{format:?}");
    }
    let small = shown(&file(&plain(20, 10), ImageFormat::Png), 200).unwrap();
    assert_eq!(small.size, Size { width: 20, height: 10 }, "what is small is not blown up");
}

#[test]
fn what_shines_through_still_does() {
    let clear: DynamicImage = RgbaImage::from_pixel(4, 4, Rgba([9, 9, 9, 0])).into();
    let made = shown(&file(&clear, ImageFormat::Png), 100).unwrap();
    assert_eq!(made.mime, "image/png");
    assert_eq!(image::load_from_memory(&made.bytes).unwrap().to_rgba8().get_pixel(0, 0)[3], 0);
}

#[test]
fn nothing_of_the_original_file_comes_through() {
    let mut bytes = file(&plain(10, 10), ImageFormat::Jpeg);
    bytes.extend_from_slice(b"<script>alert(1)</script>");
    let made = shown(&bytes, 100).unwrap();
    assert!(!made.bytes.windows(7).any(|part| part == b"<script"));
}

#[test]
fn of_a_moving_picture_the_first_frame_is_shown() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for shade in [10, 200] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(8, 8, Rgba([shade, shade, shade, 255])))).unwrap();
    }
    drop(encoder);
    let made = image::load_from_memory(&shown(&bytes, 100).unwrap().bytes).unwrap().to_rgb8();
    assert!(made.get_pixel(4, 4)[0].abs_diff(10) < 8);
}

#[test]
fn what_is_no_picture_is_never_decoded() {
    for bytes in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
        b"<html><img src=x>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"BM\x36\0\0\0",
        b"II*\0\x08\0\0\0",
        b"P6 1 1 255 abc",
        b"\0\0\x01\0\x01\0",
        b"",
    ] {
        assert_eq!(shown(bytes, 100), Err(Error::Unknown), "{:?}", String::from_utf8_lossy(bytes));
    }
}
