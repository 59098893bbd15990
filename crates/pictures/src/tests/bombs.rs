//! F02: files that are small and promise to be huge, or promise nothing that makes sense.

use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

/// Set for the process whose memory is measured.
const CHILD: &str = "DRAGOMAN_F02_CHILD";
/// Growth that is allowed, in KiB.
const MEMORY: u64 = 50 << 10;

/// CRC of a PNG chunk (www.w3.org/TR/png-3, annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut body = name.to_vec();
    body.extend_from_slice(data);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &body, &crc(&body).to_be_bytes()].concat()
}

fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunks.concat(), &chunk(b"IEND", b"")].concat()
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    // An honest file whose frame header is told another size.
    let mut bytes = file(&plain(8, 8), ImageFormat::Jpeg);
    let at = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let frame = [&b"\x2c\0\0\0\0"[..], &width.to_le_bytes(), &height.to_le_bytes(), b"\0\x02\x02\x44\x01\0"].concat();
    let head = [&b"GIF89a"[..], &width.to_le_bytes(), &height.to_le_bytes(), b"\x80\0\0\0\0\0\xff\xff\xff"].concat();
    [head, frame.repeat(frames), b";".to_vec()].concat()
}

fn webp(width: u32, height: u32) -> Vec<u8> {
    let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    let extended = [&[0x10, 0, 0, 0][..], &w[..3], &h[..3]].concat();
    let body = [&b"WEBPVP8X"[..], &10_u32.to_le_bytes(), &extended, b"VP8L\x08\0\0\0\x2f\0\0\0\0\0\0\0"].concat();
    [&b"RIFF"[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// A deflate stream of zeros whose length is named by nothing but itself: 1000 bytes here become a megabyte there.
fn zeros(megabytes: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture: DynamicImage = image::GrayImage::new(1024, 1024 * u32::try_from(megabytes).unwrap()).into();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    let start = bytes.windows(4).position(|part| part == b"IDAT").unwrap() + 4;
    let length = u32::from_be_bytes(bytes[start - 8..start - 4].try_into().unwrap()) as usize;
    bytes[start..start + length].to_vec()
}

/// Each bomb, and whether it may come through as a picture all the same.
fn bombs() -> Vec<(String, Vec<u8>, bool)> {
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| all.push((name.to_owned(), bytes, false));
    add("png 50,000 × 50,000", png(50_000, 50_000, &[]));
    add("png 2^31 - 1 wide", png(0x7fff_ffff, 1, &[]));
    add("png 20,000 × 20,000 of zeros", png(20_000, 20_000, &[chunk(b"IDAT", &zeros(8))]));
    add("png 4,000 × 4,000, 64 MB decoded", png(4_000, 4_000, &[chunk(b"IDAT", &zeros(4))]));
    add("jpeg 65,500 × 65,500", jpeg(65_500, 65_500));
    add("jpeg 15,000 × 15,000", jpeg(15_000, 15_000));
    add("gif 65,535 × 65,535", gif(65_535, 65_535, 1));
    add("webp 16,384 × 16,384", webp(16_384, 16_384));
    let profile = [&b"p\0\0"[..], &zeros(32)].concat();
    add("png with a profile of 32 MB", png(9_000, 9_000, &[chunk(b"iCCP", &profile)]));
    add("png with a text of 32 MB and no pixels", png(8, 8, &[chunk(b"zTXt", &[&b"k\0\0"[..], &zeros(32)].concat())]));
    add("png with a chunk of 2 GB", {
        let mut bytes = png(8, 8, &[]);
        bytes.truncate(33);
        bytes.extend_from_slice(b"\x7f\xff\xff\xffIDAT\x78\x9c");
        bytes
    });
    add("png with a million empty chunks", png(8, 8, &vec![chunk(b"tEXt", b"k\0"); 1_000_000]));
    add("more bytes than a picture may have", vec![0xff; (20 << 20) + 1]);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let whole = file(&plain(64, 64), format);
        // What a decoder makes of half a picture is its own affair, as long as it costs nothing.
        all.push((format!("{format:?} cut in half"), whole[..whole.len() / 2].to_vec(), true));
        all.push((format!("{format:?} after its header"), whole[..whole.len().min(40)].to_vec(), true));
        for seed in 1..=25_usize {
            let mut bytes = whole.clone();
            for step in 0..seed {
                let at = 12 + (seed * 7_919 + step * 104_729) % (bytes.len() - 12);
                bytes[at] ^= u8::try_from((seed * 31 + step * 17) % 255 + 1).unwrap();
            }
            all.push((format!("{format:?} changed in {seed} places"), bytes, true));
        }
    }
    all.push(("gif of 10,000 frames".to_owned(), gif(64, 64, 10_000), true));
    all
}

/// The most memory this process has held, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn f02_bombs_are_refused_before_they_cost_anything() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::bombs::in_a_process_of_its_own", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}{}", String::from_utf8_lossy(&output.stderr));
    // The harness begins the line with the name of the test.
    let (_, figures) = words.split_once("F02:").expect("the child reports");
    println!("F02:{}", figures.lines().next().unwrap());
}

#[test]
fn in_a_process_of_its_own() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let bombs = bombs();
    // An honest picture first: what the codecs themselves need is not the bombs' doing.
    shown(&file(&plain(64, 64), ImageFormat::Png), 32).unwrap();
    // Making the bombs took memory of its own; the kernel forgets that peak when told to.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak();
    let mut slowest = (Duration::ZERO, "");
    let mut refused = 0;
    for (name, bytes, may_pass) in &bombs {
        let begun = Instant::now();
        let outcome = shown(bytes, 256);
        slowest = slowest.max((begun.elapsed(), name));
        refused += usize::from(outcome.is_err());
        assert!(outcome.is_err() || *may_pass, "{name} came through");
    }
    let grown = peak() - before;
    println!(
        "F02: {} bombs, {refused} refused, slowest {} ms ({}), memory +{} MB",
        bombs.len(),
        slowest.0.as_millis(),
        slowest.1,
        grown / 1024
    );
    assert!(slowest.0 <= Duration::from_secs(1), "{slowest:?}");
    assert!(grown <= MEMORY, "{grown} KiB");
}
