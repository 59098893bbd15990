//! What the handlers share.

use axum::extract::FromRef;
use dragoman_engine::Engine;

use crate::jobs::Jobs;

/// The state of the Router.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) jobs: Jobs,
    pub(crate) scene: Scene,
}

/// Which home is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The person's own.
    Home,
    /// The demo, whose screens are striped.
    Demo,
}

impl FromRef<App> for Engine {
    fn from_ref(app: &App) -> Self {
        app.engine.clone()
    }
}

impl FromRef<App> for Jobs {
    fn from_ref(app: &App) -> Self {
        app.jobs.clone()
    }
}

impl FromRef<App> for Scene {
    fn from_ref(app: &App) -> Self {
        app.scene
    }
}
