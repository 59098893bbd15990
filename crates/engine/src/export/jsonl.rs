//! JSON lines as an import reads them, with what else is known of a conversation and a message beside it.

use std::io::{Result, Write};

use dragoman_domain::Turn;
use dragoman_store::thread::Message;
use serde_json::json;

use super::{Head, Sheet};

pub(super) struct Lines;

impl Sheet for Lines {
    fn begin(&mut self, _out: &mut dyn Write) -> Result<()> {
        Ok(())
    }

    fn head(&mut self, out: &mut dyn Write, head: &Head<'_>) -> Result<()> {
        let conversation = head.conversation;
        let row = &conversation.row;
        let line = json!({
            "t": "c",
            "id": row.id.0,
            "account": row.shop.0,
            "marketplace": head.channel(),
            "kind": row.kind,
            "buyer": row.buyer,
            "order_no": conversation.order_no,
            "sku": conversation.product_key,
            "product": row.subject,
            "created_at": head.begun_at.as_millisecond(),
            "status": row.status,
            "needs_reply": u8::from(row.turn == Turn::Ours),
            "shop": head.shop.name,
            "remote_id": row.remote_id,
            "turn": row.turn,
            "stars": conversation.review.as_ref().and_then(|review| review.stars),
        });
        writeln!(out, "{line}")
    }

    fn message(&mut self, out: &mut dyn Write, head: &Head<'_>, message: &Message) -> Result<()> {
        let attachments: Vec<_> = message.attachments.iter().map(|file| file.name.as_str()).collect();
        let line = json!({
            "t": "m",
            "id": message.id.0,
            "conv": head.id().0,
            "dir": message.direction,
            "author": message.author,
            "sent_at": message.sent_at.as_millisecond(),
            "read": u8::from(head.has_read(message)),
            "text": message.text,
            "remote_id": message.remote_id,
            "attachments": attachments,
        });
        writeln!(out, "{line}")
    }

    fn end(&mut self, _out: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}
