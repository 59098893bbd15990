//! Settings of the home.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use dragoman_domain::settings::{
    Density, FirstRun as DomainFirstRun, Language, QuietHours as DomainQuietHours, SettingName,
    Settings as DomainSettings, Theme,
};
use dragoman_engine::{Engine, Tag};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::{Body, Path};
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::{change, read};
use crate::words;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[Tag::Settings], routes!(get_settings))).routes(change(
        Permission::Home,
        &[Tag::Settings],
        routes!(set_setting),
    ))
}

/// All settings; what nobody chose has its default.
#[derive(Serialize, ToSchema)]
struct Settings {
    #[schema(schema_with = words::language)]
    language: Language,
    #[schema(schema_with = words::theme)]
    theme: Theme,
    #[schema(schema_with = words::density)]
    density: Density,
    /// Key chords by command, only where they differ from the page's own; none = the command has no key.
    keys: BTreeMap<String, Vec<String>>,
    /// Pixels.
    #[schema(minimum = 320, maximum = 480)]
    list_width: u32,
    /// Pixels.
    #[schema(minimum = 280, maximum = 380)]
    context_width: u32,
    quiet_hours: QuietHours,
    notifications: bool,
    /// Whether the program is to start with the machine.
    autostart: bool,
    first_run: FirstRun,
    /// Seconds an answer is held for a change of mind.
    #[schema(minimum = 0, maximum = 60)]
    undo_s: u32,
}

/// Hours in which nothing makes itself heard; they may go over midnight.
#[derive(Serialize, ToSchema)]
struct QuietHours {
    on: bool,
    /// `HH:MM` where the person sits.
    from: String,
    /// `HH:MM`.
    to: String,
}

/// How far the first run has come, by ids that the page gives.
#[derive(Serialize, ToSchema)]
struct FirstRun {
    done: BTreeSet<String>,
    /// What a person does not want to see.
    dismissed: BTreeSet<String>,
}

impl From<DomainSettings> for Settings {
    fn from(settings: DomainSettings) -> Self {
        let DomainQuietHours { on, from, to } = settings.quiet_hours;
        let DomainFirstRun { done, dismissed } = settings.first_run;
        Self {
            language: settings.language,
            theme: settings.theme,
            density: settings.density,
            keys: settings.keys,
            list_width: settings.list_width,
            context_width: settings.context_width,
            quiet_hours: QuietHours { on, from, to },
            notifications: settings.notifications,
            autostart: settings.autostart,
            first_run: FirstRun { done, dismissed },
            undo_s: settings.undo_s.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ByName {
    /// The setting.
    #[param(schema_with = words::setting)]
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingValue)]
struct Chosen {
    /// As it stands in the settings; null goes back to the default.
    value: Value,
}

/// All settings.
#[utoipa::path(get, path = "/api/settings", tag = "home", responses((status = 200, body = Settings)))]
async fn get_settings(State(engine): State<Engine>) -> Result<Json<Settings>, Problem> {
    Ok(Json(engine.settings().await?.into()))
}

/// Sets one of them; a value that it does not take is refused with what it takes.
#[utoipa::path(put, path = "/api/settings/{name}", tag = "home", params(ByName), request_body = Chosen,
    responses((status = 200, body = Settings)))]
async fn set_setting(
    State(engine): State<Engine>,
    Path(ByName { name }): Path<ByName>,
    Body(Chosen { value }): Body<Chosen>,
) -> Result<Json<Settings>, Problem> {
    let name: SettingName = name.parse().map_err(|unknown: dragoman_domain::text::UnknownWord| {
        Problem::new(ErrorCode::Invalid, unknown.to_string()).with("field", "name").with("why", unknown.to_string())
    })?;
    Ok(Json(engine.set_setting(name, value).await?.into()))
}
