//! The virtual clock over HTTP.

use std::time::Duration;

use dragoman_simulator::{ClockMode, Fault, FaultPlan, Match, Options};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::scene::{Scene, options, reply};

async fn now(scene: &Scene) -> Timestamp {
    reply(scene.client.get(scene.running.clock_url())).await.json()["now"].as_str().unwrap().parse().unwrap()
}

async fn wait(scene: &Scene, until: Timestamp) -> Timestamp {
    let url = format!("{}/wait?until={until}", scene.running.clock_url());
    reply(scene.client.get(url)).await.json()["now"].as_str().unwrap().parse().unwrap()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

#[tokio::test]
async fn a_manual_clock_moves_only_by_hand() {
    let scene = Scene::start(options()).await;
    let start = now(&scene).await;
    assert_eq!(start, "2026-11-22T10:00:00Z".parse().unwrap());
    scene.advance(3_600).await;
    assert_eq!(now(&scene).await, start + hours(1));
    scene.control("/control/clock", json!({ "set": start })).await;
    assert_eq!(now(&scene).await, start);
}

#[tokio::test]
async fn a_wait_ends_when_the_clock_is_moved_far_enough() {
    let scene = Scene::start(options()).await;
    let until = now(&scene).await + hours(2);
    let (reached, ()) = tokio::join!(wait(&scene, until), async {
        scene.advance(3_600).await;
        scene.advance(3_600).await;
    });
    assert_eq!(reached, until);
}

#[tokio::test]
async fn a_wait_for_the_past_ends_at_once() {
    let scene = Scene::start(options()).await;
    let start = now(&scene).await;
    assert_eq!(wait(&scene, start - hours(1)).await, start);
}

#[tokio::test]
async fn an_automatic_clock_jumps_to_the_earliest_wait() {
    let scene = Scene::start(Options { clock: ClockMode::Auto, ..options() }).await;
    let start = now(&scene).await;
    let (first, second) = tokio::join!(wait(&scene, start + hours(24)), wait(&scene, start + hours(72)));
    assert_eq!((first, second), (start + hours(24), start + hours(72)));
}

#[tokio::test]
async fn an_automatic_clock_stands_still_without_a_wait() {
    let scene = Scene::start(Options { clock: ClockMode::Auto, quiet: Duration::from_millis(1), ..options() }).await;
    let start = now(&scene).await;
    for _ in 0..5 {
        scene.wb_get("/api/v1/questions/count").await;
    }
    assert_eq!(now(&scene).await, start);
}

#[tokio::test]
async fn an_automatic_clock_carries_a_delayed_answer() {
    let plan = FaultPlan::one(
        Match { path: Some("/v1/roles".into()), ..Match::default() },
        Fault::DelayAfterAccept { seconds: 3_600.0 },
    );
    let scene = Scene::start(Options { clock: ClockMode::Auto, plan, ..options() }).await;
    let start = now(&scene).await;
    assert_eq!(scene.ozon("/v1/roles", json!({})).await.status, 200);
    assert_eq!(now(&scene).await, start + hours(1));
}

#[tokio::test]
async fn a_real_clock_runs_and_can_be_pushed() {
    let scene = Scene::start(Options { clock: ClockMode::Real, ..options() }).await;
    let before = now(&scene).await;
    scene.advance(86_400).await;
    assert!(now(&scene).await >= before + hours(24));
    let until = now(&scene).await + SignedDuration::from_millis(20);
    assert!(wait(&scene, until).await >= until);
}

#[tokio::test]
async fn the_mode_can_be_changed_while_somebody_waits() {
    let scene = Scene::start(options()).await;
    let until = now(&scene).await + hours(1);
    let (reached, _) = tokio::join!(wait(&scene, until), scene.control("/control/clock", json!({ "mode": "auto" })));
    assert_eq!(reached, until);
}
