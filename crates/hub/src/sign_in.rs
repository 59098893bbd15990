//! One-time codes and the sessions they open. In memory only: a restart signs every browser out.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::token::{Digest, Token};

const CODE_LIFE: Duration = Duration::from_secs(10 * 60);
const SESSION_IDLE: Duration = Duration::from_secs(12 * 3_600);
const SESSION_LIFE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Unused codes at a time; a new one drops the oldest.
const CODES: usize = 8;
/// Browsers at a time; a new one drops the one that was idle longest.
const SESSIONS: usize = 64;
/// Wrong codes within [`MISS_WINDOW`] after which all codes have to wait.
const MISSES: usize = 10;
const MISS_WINDOW: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct SignIn {
    codes: VecDeque<(Digest, Instant)>,
    sessions: HashMap<Digest, Session>,
    misses: VecDeque<Instant>,
}

struct Session {
    made: Instant,
    used: Instant,
}

/// Why a code opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Never made, used already, or too old.
    Unknown,
    /// Too many wrong codes; the time left until the next try.
    Throttled(Duration),
}

impl SignIn {
    pub(crate) fn add_code(&mut self, code: &Token, now: Instant) {
        if self.codes.len() >= CODES {
            self.codes.pop_front();
        }
        self.codes.push_back((code.digest(), now));
    }

    /// Spends a code on a session.
    pub(crate) fn redeem(&mut self, code: &str, session: &Token, now: Instant) -> Result<(), Refused> {
        self.misses.retain(|miss| now.duration_since(*miss) < MISS_WINDOW);
        if let (true, Some(oldest)) = (self.misses.len() >= MISSES, self.misses.front()) {
            return Err(Refused::Throttled(MISS_WINDOW.saturating_sub(now.duration_since(*oldest))));
        }
        let digest = Digest::of(code);
        self.codes.retain(|(_, made)| now.duration_since(*made) < CODE_LIFE);
        let Some(at) = self.codes.iter().position(|(known, _)| *known == digest) else {
            self.misses.push_back(now);
            return Err(Refused::Unknown);
        };
        self.codes.remove(at);
        self.drop_stale(now);
        if self.sessions.len() >= SESSIONS
            && let Some(idle) = self.sessions.iter().min_by_key(|(_, session)| session.used).map(|(digest, _)| *digest)
        {
            self.sessions.remove(&idle);
        }
        self.sessions.insert(session.digest(), Session { made: now, used: now });
        Ok(())
    }

    /// Whether a cookie's value is a session that still lives; keeps it from idling.
    pub(crate) fn recognise(&mut self, session: &str, now: Instant) -> bool {
        self.drop_stale(now);
        match self.sessions.get_mut(&Digest::of(session)) {
            Some(session) => {
                session.used = now;
                true
            }
            None => false,
        }
    }

    fn drop_stale(&mut self, now: Instant) {
        self.sessions.retain(|_, session| {
            now.duration_since(session.used) < SESSION_IDLE && now.duration_since(session.made) < SESSION_LIFE
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn with_code(now: Instant) -> (SignIn, Token, Token) {
        let (code, session) = (Token::random().unwrap(), Token::random().unwrap());
        let mut sign_in = SignIn::default();
        sign_in.add_code(&code, now);
        (sign_in, code, session)
    }

    #[test]
    fn a_code_opens_one_session_once() {
        let now = Instant::now();
        let (mut sign_in, code, session) = with_code(now);
        assert_eq!(sign_in.redeem(code.expose(), &session, now), Ok(()));
        assert!(sign_in.recognise(session.expose(), now));
        assert!(!sign_in.recognise(code.expose(), now));
        assert_eq!(sign_in.redeem(code.expose(), &session, now), Err(Refused::Unknown));
    }

    #[test]
    fn a_code_is_worth_nothing_after_ten_minutes() {
        let now = Instant::now();
        let (mut sign_in, code, session) = with_code(now);
        assert_eq!(sign_in.redeem(code.expose(), &session, now + 10 * MINUTE), Err(Refused::Unknown));
    }

    #[test]
    fn a_session_ends_after_twelve_idle_hours() {
        let now = Instant::now();
        let (mut sign_in, code, session) = with_code(now);
        sign_in.redeem(code.expose(), &session, now).unwrap();
        assert!(sign_in.recognise(session.expose(), now + 11 * HOUR));
        assert!(sign_in.recognise(session.expose(), now + 22 * HOUR));
        assert!(!sign_in.recognise(session.expose(), now + 34 * HOUR));
    }

    #[test]
    fn a_session_ends_after_seven_days_however_busy() {
        let now = Instant::now();
        let (mut sign_in, code, session) = with_code(now);
        sign_in.redeem(code.expose(), &session, now).unwrap();
        for hour in (0..7 * 24).step_by(6) {
            assert!(sign_in.recognise(session.expose(), now + hour * HOUR), "hour {hour}");
        }
        assert!(!sign_in.recognise(session.expose(), now + 7 * 24 * HOUR));
    }

    #[test]
    fn guessing_is_slowed_down_and_then_allowed_again() {
        let now = Instant::now();
        let (mut sign_in, code, session) = with_code(now);
        for _ in 0..MISSES {
            assert_eq!(sign_in.redeem("guess", &session, now), Err(Refused::Unknown));
        }
        assert_eq!(sign_in.redeem(code.expose(), &session, now), Err(Refused::Throttled(MINUTE)));
        assert_eq!(sign_in.redeem(code.expose(), &session, now + MINUTE), Ok(()));
    }
}
