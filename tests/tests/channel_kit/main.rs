//! What every channel has to pass: the same tests over each, against its own simulated platform.
//!
//! `docs/adding-a-platform.md` says how a new one joins: a connector, a simulator, and one line in the list below.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may panic")]

mod acts;
mod doubt;
mod faults;
mod keys;
mod paging;
mod stand;

/// Every test of the kit for every channel named here.
macro_rules! channels {
    ($($module:ident = $channel:ident),+ $(,)?) => {$(
        mod $module {
            use dragoman_domain::Channel;
            channels!(@tests Channel::$channel;
                paging::everything_comes_exactly_once_and_again_the_same,
                paging::a_pass_can_be_resumed_by_another_process_after_every_step,
                paging::dates_and_ids_are_those_of_the_platform,
                paging::threads_read_alone_hold_what_the_pass_brought,
                faults::whatever_goes_wrong_while_reading_nothing_is_lost,
                faults::one_item_that_cannot_be_read_is_put_aside_and_the_rest_arrives,
                faults::nothing_is_asked_while_the_platform_says_wait,
                keys::a_weak_or_dead_key_is_met_with_words_and_without_noise,
                keys::no_secret_is_in_anything_that_is_stored,
                acts::everything_that_is_offered_is_accepted_once_and_read_back,
                acts::the_longest_and_the_shortest_text_are_taken,
                doubt::only_what_is_surely_not_accepted_is_called_refused,
            );
        }
    )+};
    (@tests $channel:expr; $($subject:ident::$test:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            crate::$subject::$test($channel).await;
        }
    )+};
}

channels! {
    wildberries = Wildberries,
    ozon = Ozon,
}
