//! `shop`: connecting shops, looking after them, and the switch that lets their answers leave.

use std::collections::BTreeMap;

use dragoman_hub::home::clock;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::args::{ShopAdd, ShopCommand, ShopId, ShopRemove, ShopSend, ShopSet, Switch};
use crate::clock::{left, local};
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::output::{Out, one_line, read};
use crate::secret;

#[derive(Deserialize)]
struct Shops {
    rows: Vec<Value>,
}

#[derive(Deserialize)]
struct Shop {
    id: i64,
    channel: String,
    name: String,
    seller_name: String,
    sending: bool,
    pause: String,
    notes: Vec<Note>,
}

#[derive(Deserialize)]
struct Streams {
    streams: Vec<Value>,
}

#[derive(Deserialize)]
struct Stream {
    name: String,
    last_success_at: Option<Timestamp>,
    fetched: u64,
    pass: Option<Pass>,
    problem: Option<Told>,
}

#[derive(Deserialize)]
struct Pass {
    ended_at: Option<Timestamp>,
    brought: u64,
    to_come: Option<u64>,
    per_hour: Option<u64>,
    ends_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Told {
    message: String,
}

/// What was held while sending was off.
#[derive(Deserialize)]
struct Held {
    waiting: Vec<Value>,
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

/// What can be refused before a home is touched.
pub(crate) fn check(command: &ShopCommand) -> Outcome {
    match command {
        ShopCommand::Add(args) => secret::check(&args.connection.secrets),
        ShopCommand::Set(args) => secret::check(&args.connection.secrets),
        ShopCommand::Remove(ShopRemove { id, yes: false }) => Err(Failure::usage(format!(
            "this removes shop {id} with its conversations and keys from this machine; the platform is not touched. \
             Add --yes to do it"
        ))),
        ShopCommand::Remove(_)
        | ShopCommand::List
        | ShopCommand::Streams(_)
        | ShopCommand::Check(_)
        | ShopCommand::Send(_) => Ok(()),
    }
}

pub(crate) async fn run(home: &mut Home, out: Out, command: ShopCommand) -> Outcome {
    match command {
        ShopCommand::Add(args) => add(home, out, args).await,
        ShopCommand::List => list(home, out).await,
        ShopCommand::Streams(ShopId { id }) => streams(home, out, id).await,
        ShopCommand::Check(ShopId { id }) => {
            let shop = home.call(Method::POST, &format!("/api/shops/{id}/check"), None).await?;
            out.document(&shop, words)
        }
        ShopCommand::Set(args) => set(home, out, args).await,
        ShopCommand::Send(args) => send(home, out, args).await,
        ShopCommand::Remove(ShopRemove { id, .. }) => {
            home.call(Method::DELETE, &format!("/api/shops/{id}"), None).await?;
            out.document(&json!({ "id": id, "removed": true }), |_| Ok(format!("Shop {id} is gone from this machine.")))
        }
    }
}

async fn add(home: &mut Home, out: Out, args: ShopAdd) -> Outcome {
    let ShopAdd { channel, name, connection, base_url, proxy } = args;
    clock::allow_base(base_url.as_deref())?;
    let request = json!({
        "channel": channel,
        "name": name,
        "fields": fields(connection.fields),
        "secrets": secrets(&connection.secrets)?,
        "base_url": base_url,
        "proxy": proxy,
    });
    let shop = home.call(Method::POST, "/api/shops", Some(request)).await?;
    out.document(&shop, words)
}

async fn set(home: &mut Home, out: Out, args: ShopSet) -> Outcome {
    let ShopSet { id, name, connection, base_url, proxy, keep_days, history } = args;
    if let Some(base_url) = &base_url {
        clock::allow_base(Some(base_url))?;
    }
    let mut change = Map::new();
    change.insert("fields".to_owned(), json!(fields(connection.fields)));
    change.insert("secrets".to_owned(), secrets(&connection.secrets)?);
    change.extend(name.map(|name| ("name".to_owned(), name.into())));
    change.extend(base_url.map(|base_url| ("base_url".to_owned(), or_null(base_url))));
    change.extend(proxy.map(|proxy| ("proxy".to_owned(), or_null(proxy))));
    change.extend(keep_days.map(|days| ("keep_days".to_owned(), if days == 0 { Value::Null } else { days.into() })));
    change.extend(history.map(|history| ("history".to_owned(), history.to_string().into())));
    let shop = home.call(Method::PATCH, &format!("/api/shops/{id}"), Some(change.into())).await?;
    out.document(&shop, words)
}

async fn send(home: &mut Home, out: Out, args: ShopSend) -> Outcome {
    let ShopSend { id, switch } = args;
    let on = switch == Switch::On;
    let answer = home.call(Method::PUT, &format!("/api/shops/{id}/sending"), Some(json!({ "on": on }))).await?;
    let Held { waiting } = read(&answer)?;
    out.document(&json!({ "id": id, "sending": on, "waiting": waiting }), |_| {
        Ok(match (on, waiting.len()) {
            (false, _) => format!("Shop {id}: answers are held from now on."),
            (true, 0) => format!("Shop {id}: answers leave from now on."),
            (true, held) => format!(
                "Shop {id}: answers leave from now on. {held} held before wait for you: `dragoman outbox`, \
                 `dragoman outbox retry ITEM`."
            ),
        })
    })
}

async fn list(home: &mut Home, out: Out) -> Outcome {
    let Shops { rows } = read(&home.get("/api/shops").await?)?;
    let mut listing = out.listing(&["ID", "PLATFORM", "NAME", "SELLER", "SENDING", "NOTES"], |shop: Shop| {
        let notes = notes(&shop);
        let sending = if shop.sending { "on" } else { "off" };
        vec![shop.id.to_string(), shop.channel, shop.name, shop.seller_name, sending.to_owned(), notes]
    });
    rows.iter().try_for_each(|row| listing.add(row))?;
    listing.end("No shop is connected: `dragoman shop add`.")
}

async fn streams(home: &mut Home, out: Out, id: i64) -> Outcome {
    let now = home.clock().await?.now();
    let Streams { streams } = read(&home.get(&format!("/api/shops/{id}")).await?)?;
    let heads = ["STREAM", "LAST", "FETCHED", "BROUGHT", "TO COME", "PER HOUR", "ENDS", "PROBLEM"];
    let mut listing = out.listing(&heads, |stream: Stream| {
        let Stream { name, last_success_at, fetched, pass, problem } = stream;
        let number = |number: Option<u64>| number.map_or("unknown".to_owned(), |number| number.to_string());
        let under_way = pass.as_ref().filter(|pass| pass.ended_at.is_none());
        let ends = match (&pass, under_way.and_then(|pass| pass.ends_at)) {
            (_, Some(at)) => format!("{} ({})", local(at), left(at, now)),
            (Some(Pass { ended_at: Some(_), .. }), _) => "at its end".to_owned(),
            _ => "unknown".to_owned(),
        };
        vec![
            name,
            last_success_at.map(local).unwrap_or_default(),
            fetched.to_string(),
            pass.as_ref().map(|pass| pass.brought.to_string()).unwrap_or_default(),
            under_way.map(|pass| number(pass.to_come)).unwrap_or_default(),
            under_way.map(|pass| number(pass.per_hour)).unwrap_or_default(),
            ends,
            problem.map(|problem| problem.message).unwrap_or_default(),
        ]
    });
    streams.iter().try_for_each(|stream| listing.add(stream))?;
    listing.end("Nothing was fetched yet: `dragoman sync`.")
}

fn words(shop: &Value) -> Outcome<String> {
    let shop: Shop = read(shop)?;
    let notes = notes(&shop);
    let Shop { id, channel, name, seller_name, sending, .. } = shop;
    let mut words = format!("Shop {id}: {} on {channel}, seller {}.", one_line(&name), one_line(&seller_name));
    if !sending {
        words.push_str(&format!("\nSending is off: `dragoman shop send {id} on` lets answers leave."));
    }
    if !notes.is_empty() {
        words.push_str(&format!("\n{}", one_line(&notes)));
    }
    Ok(words)
}

fn notes(shop: &Shop) -> String {
    if shop.notes.is_empty() {
        return shop.pause.clone();
    }
    shop.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn fields(given: Vec<(String, String)>) -> BTreeMap<String, String> {
    given.into_iter().collect()
}

fn secrets(given: &[String]) -> Outcome<Value> {
    let secrets = secret::read_all(given)?;
    secrets
        .iter()
        .map(|(field, secret)| Ok((field.clone(), secret::text(secret)?.into())))
        .collect::<Outcome<_>>()
        .map(Value::Object)
}

fn or_null(text: String) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}
