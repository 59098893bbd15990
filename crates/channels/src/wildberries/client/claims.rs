//! Buyers' return claims. The platform keeps them in view for 14 days.

use dragoman_domain::outgoing::{Doubt, Sent};
use reqwest::Method;
use serde_json::value::RawValue;

use super::{Api, RETURNS};
use crate::Failure;
use crate::http::{Answer, Call};
use crate::limits::Priority;
use crate::wildberries::token::Right;
use crate::wildberries::wire::claim::{Claims, Decide};

impl Api {
    /// A part of the claims under review, or of the archive.
    pub(in crate::wildberries) async fn claims(
        &self,
        archive: bool,
        limit: u32,
        offset: u32,
    ) -> Result<Claims, Failure> {
        let call = Call::new(Method::GET, RETURNS, "/api/v1/claims")
            .query("is_archive", archive)
            .query("limit", limit)
            .query("offset", offset);
        self.claims_call(call).await
    }

    /// One claim as raw JSON. Makes two calls where it is under review no longer: which list holds it has to be said.
    pub(in crate::wildberries) async fn claim(&self, id: &str) -> Result<Box<RawValue>, Failure> {
        let by_id = |archive: bool| {
            Call::new(Method::GET, RETURNS, "/api/v1/claims").query("is_archive", archive).query("id", id)
        };
        let now = self.clock.tick();
        if !self.claims_closed.was(id, now)
            && let Some(raw) = self.claims_call(by_id(false)).await?.claims.into_iter().next()
        {
            return Ok(raw);
        }
        self.claims_closed.note(id, now);
        let found = self.claims_call(by_id(true)).await?.claims.into_iter().next();
        self.claims_closed.forget();
        found.ok_or(Failure::NotFound)
    }

    /// Decides a claim. The documented success is a 200 without a body.
    pub(in crate::wildberries) async fn decide(&self, body: &Decide<'_>) -> Sent {
        let call = Call::new(Method::PATCH, RETURNS, "/api/v1/claim").json(body);
        let success = |answer: &Answer, at| match (answer.status.as_u16(), answer.text().map(str::trim)) {
            (200, Ok("")) => Sent::Yes { remote: None, at },
            (200, _) => Sent::Unknown { why: Doubt::Unreadable, at },
            _ => Sent::Unknown { why: Doubt::Unconfirmed, at },
        };
        self.change(call, (&self.returns, Right::Claims), success).await
    }

    async fn claims_call(&self, call: Call) -> Result<Claims, Failure> {
        let answer = self.ask(call, &self.returns, Priority::Read, Some(Right::Claims)).await?;
        Ok(self.accept(answer, Some(Right::Claims))?.json()?)
    }
}
