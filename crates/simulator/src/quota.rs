//! A token bucket on the virtual clock.

use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    burst: u32,
    interval: SignedDuration,
    tokens: f64,
    at: Timestamp,
}

/// What a bucket says to one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// Allowed; so many tokens are left.
    Allowed { remaining: u32 },
    /// Refused; whole seconds until a token is there, and until the bucket is full.
    Refused { retry_s: i64, full_s: i64, burst: u32 },
}

impl Bucket {
    /// Holds `burst` tokens and gains one each `interval`.
    pub(crate) fn new(burst: u32, interval: SignedDuration, now: Timestamp) -> Self {
        Self { burst, interval, tokens: f64::from(burst), at: now }
    }

    pub(crate) fn take(&mut self, now: Timestamp) -> Verdict {
        let gained = now.duration_since(self.at).as_secs_f64() / self.interval.as_secs_f64();
        self.tokens = (self.tokens + gained.max(0.0)).min(f64::from(self.burst));
        self.at = now;
        // A rounding error must not refuse a request that waited exactly as long as it was told to.
        if self.tokens >= 1.0 - 1e-6 {
            self.tokens = (self.tokens - 1.0).max(0.0);
            return Verdict::Allowed { remaining: self.tokens as u32 };
        }
        let seconds = |tokens: f64| (tokens * self.interval.as_secs_f64()).ceil().max(1.0) as i64;
        Verdict::Refused {
            retry_s: seconds(1.0 - self.tokens),
            full_s: seconds(f64::from(self.burst) - self.tokens),
            burst: self.burst,
        }
    }

    /// Charges more for a request that was already let in.
    pub(crate) fn charge(&mut self, tokens: f64) {
        self.tokens -= tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_a_burst_through_then_one_request_per_interval() {
        let start = Timestamp::UNIX_EPOCH;
        let mut bucket = Bucket::new(2, SignedDuration::from_secs(10), start);
        assert_eq!(bucket.take(start), Verdict::Allowed { remaining: 1 });
        assert_eq!(bucket.take(start), Verdict::Allowed { remaining: 0 });
        assert_eq!(bucket.take(start), Verdict::Refused { retry_s: 10, full_s: 20, burst: 2 });
        assert_eq!(bucket.take(start + SignedDuration::from_secs(10)), Verdict::Allowed { remaining: 0 });
    }
}
