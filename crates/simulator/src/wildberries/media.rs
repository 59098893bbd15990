//! The public content hosts: pictures of products and reviews, videos, files of chats and claims.

use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::Timestamp;

use super::{chats::Behind, product, shop::Shop};
use crate::{
    picture,
    platform::{Answer, Call},
};

const PLAYLIST: &str = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n0.ts\n#EXT-X-ENDLIST\n";

/// Whether a request is for a content host, by its path.
pub(crate) fn is_for(call: &Call) -> bool {
    let first = call.path.split('/').nth(1).unwrap_or_default();
    call.method == Method::GET && (first.starts_with("vol") || first == "claim" || uuid::Uuid::parse_str(first).is_ok())
}

/// What lies behind a path, in whichever shop.
pub(crate) fn serve(shops: &[Shop], path: &str, now: Timestamp) -> Answer {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let found = match parts.as_slice() {
        [_, _, number, "photos", size] => review_photo(shops, number, size),
        [_, _, _, "images", _, _] => {
            let products = shops.iter().flat_map(|shop| &shop.products).map(AsRef::as_ref);
            product::picture(products, path).map(|bytes| ("image/png", bytes))
        }
        ["vol0", _, _, file] => chat_file(shops, file, now),
        ["claim", id, file] => claim_file(shops, id, file),
        [id, file] => video_file(shops, id, file),
        _ => None,
    };
    match found {
        Some((kind, bytes)) => Answer::bytes(StatusCode::OK, kind, bytes),
        None => Answer::bytes(StatusCode::NOT_FOUND, "text/plain", "not found"),
    }
}

type Found = Option<(&'static str, Bytes)>;

fn webp(seed: u64, width: u32, height: u32) -> Found {
    Some(("image/webp", picture::webp(seed, width, height).into()))
}

fn review_photo(shops: &[Shop], number: &str, size: &str) -> Found {
    let number: u64 = number.parse().ok()?;
    shops.iter().find(|shop| shop.reviews.has_photo(number))?;
    match size {
        "fs.webp" => webp(number, 240, 320),
        "ms.webp" => webp(number, 60, 80),
        _ => None,
    }
}

fn video_file(shops: &[Shop], id: &str, file: &str) -> Found {
    shops.iter().find(|shop| shop.reviews.has_video(id))?;
    match file {
        "preview.webp" => webp(id.len() as u64, 160, 90),
        "index.m3u8" => Some(("application/vnd.apple.mpegurl", Bytes::from_static(PLAYLIST.as_bytes()))),
        "0.ts" => Some(("video/mp2t", empty_stream())),
        _ => None,
    }
}

/// One null packet: the smallest transport stream.
fn empty_stream() -> Bytes {
    let mut packet = vec![0xff; 188];
    packet.splice(0..4, [0x47, 0x1f, 0xff, 0x10]);
    packet.into()
}

fn chat_file(shops: &[Shop], file: &str, now: Timestamp) -> Found {
    let (id, _) = file.rsplit_once('.')?;
    shops.iter().find_map(|shop| match shop.chats.behind(id, now) {
        Behind::File { kind, content } => Some((kind.mime(), content)),
        Behind::Nothing | Behind::Pending { .. } | Behind::Refused => None,
    })
}

fn claim_file(shops: &[Shop], id: &str, file: &str) -> Found {
    let claim = shops.iter().flat_map(|shop| &shop.claims).find(|claim| claim.id.to_string() == id)?;
    match file.rsplit_once('.')? {
        (number, "webp") => {
            let number: u8 = number.parse().ok()?;
            if claim.has_photo(number) { webp(u64::from(number), 180, 240) } else { None }
        }
        // The head of a file without tracks.
        ("1", "mp4") if claim.has_video() => {
            Some(("video/mp4", Bytes::from_static(b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\x08moov")))
        }
        _ => None,
    }
}
