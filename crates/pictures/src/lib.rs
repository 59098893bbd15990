//! Pictures of strangers: decoded within limits, made small, and encoded anew.
//!
//! A buyer's picture is data for four decoders, and decoders have faults. So everything is decided before one runs: the format
//! from the first bytes, and from the header how much memory the pixels take. What leaves here is pixels that this crate
//! encoded itself, without anything of the original: no metadata with the place it was taken, no profile, no trailing bytes.
//! Nothing but JPEG, PNG, WebP and GIF is decoded, of moving pictures only the first frame, and archives never.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits as CodecLimits};
use thiserror::Error;

/// Quality of a picture without transparency; above it files grow and nobody sees why.
const JPEG_QUALITY: u8 = 85;

/// What a picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels of either edge.
    pub edge: u32,
    /// Bytes of the decoded pixels, and the same again for what the decoder needs beside them.
    pub decoded: u64,
    /// Chunks of a PNG: the decoder keeps a record of many a kind, even of empty ones.
    pub chunks: usize,
    /// Bytes of what a PNG packs beside its pixels: profile, texts.
    pub beside: u64,
}

impl Default for Limits {
    /// A photo of 12 megapixels, which is what telephones send, takes 36 MB; platforms take files of 10 MB at most.
    fn default() -> Self {
        Self { bytes: 20 << 20, edge: 20_000, decoded: 40 << 20, chunks: 16 << 10, beside: 4 << 20 }
    }
}

/// Why a picture is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// Neither JPEG, PNG, WebP nor GIF.
    #[error("this is no picture that is shown here")]
    Unknown,
    /// Larger than the limits allow.
    #[error("the picture is too large to be shown: {0}")]
    TooLarge(String),
    /// Its bytes make no sense.
    #[error("the picture is broken: {0}")]
    Broken(String),
}

/// The size of a picture as its header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// A picture that this crate encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// `image/jpeg`, or `image/png` where something shines through.
    pub mime: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// Its size.
    pub size: Size,
}

/// Whether a media type is one that is shown.
pub fn is_shown(mime: &str) -> bool {
    matches!(mime, "image/jpeg" | "image/png" | "image/webp" | "image/gif")
}

/// Makes a picture small enough for an edge and encodes it anew. One that is smaller keeps its size.
///
/// # Errors
/// [`enum@Error`]; a header beyond the limits is refused before anything is decoded.
pub fn preview(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Preview, Error> {
    // A decoder that panics has met a broken picture; nothing of it is used afterwards.
    catch_unwind(AssertUnwindSafe(|| made(bytes, edge.max(1), limits)))
        .unwrap_or_else(|_| Err(Error::Broken("the decoder gave up".to_owned())))
}

fn made(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Preview, Error> {
    if bytes.len() > limits.bytes {
        return Err(Error::TooLarge(format!("{} bytes, at most {}", bytes.len(), limits.bytes)));
    }
    let input = Cursor::new(bytes);
    // These two put a frame together beside the picture they return.
    let half = Limits { decoded: limits.decoded / 2, ..*limits };
    let picture = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => decoded(JpegDecoder::new(input).map_err(fault)?, limits),
        Ok(ImageFormat::Png) if png_chunks(bytes) > limits.chunks => {
            Err(Error::TooLarge(format!("more than {} chunks", limits.chunks)))
        }
        // Before the decoder is made, because making it unpacks the profile and the texts that stand before the pixels.
        Ok(ImageFormat::Png) if png_bytes(bytes) > limits.decoded => Err(Error::TooLarge("by its header".to_owned())),
        Ok(ImageFormat::Png) => {
            let mut beside = codec_limits(limits);
            beside.max_alloc = Some(limits.beside);
            decoded(PngDecoder::with_limits(input, beside).map_err(fault)?, limits)
        }
        Ok(ImageFormat::WebP) => decoded(WebPDecoder::new(input).map_err(fault)?, &half),
        Ok(ImageFormat::Gif) => decoded(GifDecoder::new(input).map_err(fault)?, &half),
        _ => Err(Error::Unknown),
    }?;
    encoded(picture, edge)
}

/// Chunks of a PNG, counted by their lengths alone (www.w3.org/TR/png-3, section 5.3).
fn png_chunks(bytes: &[u8]) -> usize {
    let mut rest = bytes.get(8..).unwrap_or_default();
    let mut chunks = 0;
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        chunks += 1;
        // Its name, its data and its checksum.
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).saturating_add(8);
        rest = tail.get(length..).unwrap_or_default();
    }
    chunks
}

/// Bytes the pixels of a PNG take at least, by its header (www.w3.org/TR/png-3, section 11.2.1); all there are if it has none.
fn png_bytes(bytes: &[u8]) -> u64 {
    let number = |at: usize| {
        let bytes = bytes.get(at..at.saturating_add(4)).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(u64::MAX, |bytes| u64::from(u32::from_be_bytes(bytes)))
    };
    // One sample of eight bits a pixel: the decoder widens everything smaller.
    number(16).saturating_mul(number(20))
}

fn codec_limits(limits: &Limits) -> CodecLimits {
    let mut codec = CodecLimits::default();
    codec.max_image_width = Some(limits.edge);
    codec.max_image_height = Some(limits.edge);
    codec.max_alloc = Some(limits.decoded);
    codec
}

/// Decodes what the header promises to be small enough, turned the way it was held.
fn decoded(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<DynamicImage, Error> {
    let (width, height) = decoder.dimensions();
    if width > limits.edge || height > limits.edge || decoder.total_bytes() > limits.decoded {
        return Err(Error::TooLarge(format!("{width} × {height} pixels")));
    }
    decoder.set_limits(codec_limits(limits)).map_err(fault)?;
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(fault)?;
    // A picture that does not say how it was held is shown as it lies.
    if let Ok(orientation) = orientation {
        // Turning a large picture doubles its memory; what is only mirrored or turned over is turned in place.
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

fn encoded(picture: DynamicImage, edge: u32) -> Result<Preview, Error> {
    let small = if picture.width() > edge || picture.height() > edge { picture.thumbnail(edge, edge) } else { picture };
    let size = Size { width: small.width(), height: small.height() };
    let mut bytes = Vec::new();
    let mime = if small.color().has_alpha() {
        small.to_rgba8().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(fault)?;
        "image/png"
    } else {
        small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)).map_err(fault)?;
        "image/jpeg"
    };
    Ok(Preview { mime, bytes, size })
}

fn fault(error: ImageError) -> Error {
    match error {
        ImageError::Limits(limit) => Error::TooLarge(limit.to_string()),
        other => Error::Broken(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
