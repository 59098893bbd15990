//! Connecting, checking and changing shops. Keys go from here to the keyring or the vault and to the connector, nowhere else.

mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dragoman_channels::credential::Credential;
use dragoman_channels::http::is_loopback;
use dragoman_channels::{Checked, Connector, Failure, Settings, connect};
use dragoman_domain::outbox::State;
use dragoman_domain::shop::{History, Shop};
use dragoman_domain::{Channel, ShopId};
use dragoman_secrets::{Keeper, Secret, SecretName};
use url::Url;

use crate::engine::{Engine, Keys, blocking};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::guarded::Guarded;
use crate::outbox::OutboxView;

use self::view::view;
pub use self::view::{Note, PassView, ShopView, StreamView};

/// A shop that was filled from a file and has nothing to ask a platform.
pub const IMPORTED: &str = "imported";

/// Days a shop may keep its conversations: less than a month would take what a platform still lets a buyer dispute.
const KEEP_DAYS: std::ops::RangeInclusive<u32> = 30..=36_500;

/// The figure of a rule pack that names the days of a usual history.
const HISTORY_DAYS: &str = "history_days";

/// Names the password of a shop's proxy among its keys.
const PROXY_PASSWORD: &str = "proxy_password";
/// What a proxy's address looks like.
const PROXY_HINT: &str = "give the proxy as http://host:port or socks5://user:password@host:port";

/// A shop to connect.
pub struct NewShop {
    /// The platform.
    pub channel: Channel,
    /// The seller's own name for it.
    pub name: String,
    /// Public fields.
    pub fields: BTreeMap<String, String>,
    /// Keys by field.
    pub secrets: BTreeMap<String, Secret>,
    /// Replaces scheme and host of every address of the platform.
    pub base_url: Option<String>,
    /// Proxy for every call.
    pub proxy: Option<String>,
}

/// What is to change; `None` leaves as it is.
#[derive(Default)]
pub struct ShopChange {
    /// Another name.
    pub name: Option<String>,
    /// Fields to set.
    pub fields: BTreeMap<String, String>,
    /// Keys to replace; they must belong to the same seller.
    pub secrets: BTreeMap<String, Secret>,
    /// Another base address, `Some(None)` for the platform's own.
    pub base_url: Option<Option<String>>,
    /// Another proxy, `Some(None)` for none.
    pub proxy: Option<Option<String>>,
    /// Days its conversations are kept after their last message, `Some(None)` for good.
    pub keep_days: Option<Option<u32>>,
    /// How far back its conversations are fetched.
    pub history: Option<History>,
}

impl Engine {
    /// Connects a shop: checks the key first, then stores shop and key. Sending stays off until it is switched on.
    ///
    /// # Errors
    /// [`Error::Platform`] with the platform's reason, [`Error::AlreadyConnected`], [`Error::Secrets`]; nothing is kept then.
    pub async fn add_shop(&self, new: NewShop) -> Result<ShopView> {
        let NewShop { channel, name, fields, mut secrets, base_url, proxy } = new;
        self.allow_base(base_url.as_deref())?;
        let proxy = without_password(proxy, &mut secrets)?;
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 200 {
            return Err(Error::invalid("name", "give the shop a name of 1 to 200 characters"));
        }
        // Before anything is asked of the platform: a key that cannot be kept would be lost with this call.
        let keeper = self.keeper().await?;
        let draft = Shop {
            id: ShopId(0),
            channel,
            name,
            seller: String::new(),
            fields,
            base_url,
            proxy,
            sending: false,
            pause: String::new(),
            standing: dragoman_domain::shop::Standing::default(),
            added_at: self.now(),
            keep_days: None,
            history: History::Usual,
        };
        let Checked { seller, standing } = self.build(&draft, &secrets)?.check().await?;
        let wanted = seller.clone();
        let twin = self
            .read(move |reader| reader.shops())
            .await?
            .into_iter()
            .find(|shop| shop.channel == channel && shop.seller == wanted);
        if let Some(shop) = twin {
            return Err(Error::AlreadyConnected { seller, shop: shop.id.0 });
        }
        let new = dragoman_store::shop::NewShop {
            channel,
            name: draft.name,
            seller,
            fields: draft.fields,
            base_url: draft.base_url,
            proxy: draft.proxy,
            standing,
        };
        let now = self.now();
        let id = self.write(move |writer| writer.add_shop(&new, now)).await?.id;
        if let Err(error) = put_all(keeper, id, &secrets).await {
            self.forget(id).await?;
            return Err(error);
        }
        self.0.tails.write().await.insert(id, tails(&secrets));
        self.tell(Event::Shop { id });
        self.0.sync_wake.notify_waiters();
        self.shop(id).await
    }

    /// Every shop.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn shops(&self) -> Result<Vec<ShopView>> {
        let now = self.now();
        let all = self
            .read(|reader| {
                let mut all = Vec::new();
                for shop in reader.shops()? {
                    let streams = reader.streams(shop.id)?;
                    all.push((shop, streams));
                }
                Ok(all)
            })
            .await?;
        let tails = self.0.tails.read().await;
        let keys = |shop: &Shop| tails.get(&shop.id).cloned().unwrap_or_default();
        let rest = |shop: &Shop| self.0.breakers.of(shop.id).rest();
        Ok(all.into_iter().map(|(shop, streams)| view(keys(&shop), rest(&shop), shop, streams, now)).collect())
    }

    /// One shop.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn shop(&self, id: ShopId) -> Result<ShopView> {
        self.shops().await?.into_iter().find(|view| view.shop.id == id).ok_or_else(|| not_found(id))
    }

    /// Asks the platform who the key belongs to and what it may do; a shop that rested for its key's sake goes on if it is fine.
    ///
    /// # Errors
    /// [`Error::Platform`] with the reason, [`Error::OtherSeller`].
    pub async fn check_shop(&self, id: ShopId) -> Result<ShopView> {
        let shop = self.stored_shop(id).await?;
        let connector = self.connector(id).await?;
        match connector.check().await {
            Ok(Checked { seller, standing }) => {
                if !shop.seller.is_empty() && seller != shop.seller {
                    self.pause(id, "token_other_shop").await?;
                    return Err(Error::OtherSeller { wanted: shop.seller, found: seller });
                }
                self.write(move |writer| {
                    writer.change_shop(id, |shop| {
                        shop.seller = seller;
                        shop.standing = standing;
                        shop.pause.clear();
                    })
                })
                .await?;
                self.tell(Event::Shop { id });
                self.0.sync_wake.notify_waiters();
                self.0.outbox_wake.notify_one();
            }
            Err(failure) => {
                if let Failure::Key { code, .. } = &failure {
                    self.pause(id, code).await?;
                }
                return Err(failure.into());
            }
        }
        self.shop(id).await
    }

    /// Changes a shop. A new key is checked before the old one is replaced.
    ///
    /// # Errors
    /// As [`Engine::add_shop`]; [`Error::OtherSeller`] if the new key belongs to another seller. Nothing is changed then.
    pub async fn set_shop(&self, id: ShopId, mut change: ShopChange) -> Result<ShopView> {
        if let Some(proxy) = change.proxy.take() {
            change.proxy = Some(without_password(proxy, &mut change.secrets)?);
        }
        if let Some(base_url) = &change.base_url {
            self.allow_base(base_url.as_deref())?;
        }
        let mut shop = self.stored_shop(id).await?;
        let reconnects = !change.fields.is_empty()
            || !change.secrets.is_empty()
            || change.base_url.is_some()
            || change.proxy.is_some();
        if let Some(name) = change.name {
            if name.trim().is_empty() || name.chars().count() > 200 {
                return Err(Error::invalid("name", "give the shop a name of 1 to 200 characters"));
            }
            shop.name = name.trim().to_owned();
        }
        if let Some(days) = change.keep_days {
            if days.is_some_and(|days| !KEEP_DAYS.contains(&days)) {
                return Err(Error::invalid("keep_days", "give 30 to 36500 days, or none to keep everything"));
            }
            shop.keep_days = days;
        }
        let deeper = change.history.is_some_and(|history| history > shop.history);
        shop.history = change.history.unwrap_or(shop.history);
        shop.fields.extend(change.fields);
        shop.base_url = change.base_url.unwrap_or(shop.base_url);
        shop.proxy = change.proxy.unwrap_or(shop.proxy);
        if reconnects {
            let keeper = self.keeper().await?;
            let mut secrets = stored_secrets(keeper.clone(), &shop).await?;
            let changed: Vec<String> = change.secrets.keys().cloned().collect();
            secrets.extend(change.secrets);
            let Checked { seller, standing } = self.build(&shop, &secrets)?.check().await?;
            let told = tails(&secrets);
            if !shop.seller.is_empty() && seller != shop.seller {
                return Err(Error::OtherSeller { wanted: shop.seller, found: seller });
            }
            secrets.retain(|field, _| changed.contains(field));
            put_all(keeper, id, &secrets).await?;
            self.0.tails.write().await.insert(id, told);
            shop.seller = seller;
            shop.standing = standing;
            shop.pause.clear();
        }
        self.write(move |writer| {
            writer.change_shop(id, |stored| *stored = shop)?;
            if deeper { writer.rewind_streams(id) } else { Ok(()) }
        })
        .await?;
        self.0.connectors.write().await.remove(&id);
        self.0.breakers.forget(id);
        self.tell(Event::Shop { id });
        self.0.sync_wake.notify_waiters();
        self.0.outbox_wake.notify_one();
        self.shop(id).await
    }

    /// Switches sending on or off. Switching on releases nothing: what was held meanwhile is returned for a person to decide.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_sending(&self, id: ShopId, on: bool) -> Result<Vec<OutboxView>> {
        self.write(move |writer| writer.change_shop(id, |shop| shop.sending = on)).await?;
        self.tell(Event::Shop { id });
        self.0.outbox_wake.notify_one();
        let waiting = self.outbox(false, None, 200).await?;
        Ok(waiting.into_iter().filter(|view| view.item.shop == id && view.item.state == State::Held).collect())
    }

    /// Removes a shop with its conversations, and its keys.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn remove_shop(&self, id: ShopId) -> Result<()> {
        let shop = self.stored_shop(id).await?;
        let gate = self.shop_gate(id).await;
        let _turn = gate.lock().await;
        self.0.connectors.write().await.remove(&id);
        self.0.breakers.forget(id);
        if let Ok(keeper) = self.keeper().await {
            let names = secret_names(&shop)?;
            blocking(move || names.iter().try_for_each(|name| keeper.delete(name))).await?;
        }
        self.forget(id).await?;
        self.tell(Event::Shop { id });
        Ok(())
    }

    /// Refuses a shop on a real platform while time is simulated: its deadlines and pauses would be made up.
    fn allow_base(&self, base_url: Option<&str>) -> Result<()> {
        let local = base_url.and_then(|url| Url::parse(url).ok()).is_some_and(|url| is_loopback(&url));
        if self.clock().is_simulated() && !local {
            return Err(Error::invalid("base_url", "a shop on a real platform cannot be connected in simulated time"));
        }
        Ok(())
    }

    async fn forget(&self, id: ShopId) -> Result<()> {
        let store = self.0.store.clone();
        blocking(move || store.remove_shop(id)).await
    }

    /// Where keys are kept, and why not elsewhere.
    pub async fn keys_status(&self) -> std::result::Result<dragoman_secrets::Status, String> {
        match &self.0.keeper.lock().await.keeper {
            Ok(keeper) => Ok(keeper.status()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Makes the passphrase vault of this home and opens it.
    ///
    /// # Errors
    /// [`Error::Secrets`], for example if there is one already.
    pub async fn vault_init(&self, passphrase: Secret) -> Result<()> {
        self.with_vault(passphrase, |keeper, passphrase| keeper.vault_init(passphrase)).await
    }

    /// Opens the passphrase vault of this home.
    ///
    /// # Errors
    /// [`Error::Secrets`] for a wrong passphrase or a damaged file.
    pub async fn vault_unlock(&self, passphrase: Secret) -> Result<()> {
        self.with_vault(passphrase, |keeper, passphrase| keeper.vault_unlock(passphrase)).await
    }

    async fn with_vault(
        &self,
        passphrase: Secret,
        act: impl FnOnce(&Keeper, &Secret) -> std::result::Result<(), dragoman_secrets::Error> + Send + 'static,
    ) -> Result<()> {
        let mut keys = self.0.keeper.lock().await;
        let (home_id, home) = (keys.home_id, self.0.home.clone());
        let keeper = blocking(move || {
            let keeper = Keeper::open(home_id, &home, dragoman_secrets::Preference::Vault)?;
            act(&keeper, &passphrase)?;
            Ok::<_, dragoman_secrets::Error>(keeper)
        })
        .await?;
        keys.keeper = Ok(Arc::new(keeper));
        drop(keys);
        self.0.connectors.write().await.clear();
        self.0.sync_wake.notify_waiters();
        Ok(())
    }

    /// The place keys are kept; tried again if it was not there before.
    pub(crate) async fn keeper(&self) -> Result<Arc<Keeper>> {
        let mut keys = self.0.keeper.lock().await;
        let Keys { home_id, preference, keeper } = &mut *keys;
        if let Ok(keeper) = keeper {
            return Ok(keeper.clone());
        }
        let (home_id, preference, home) = (*home_id, *preference, self.0.home.clone());
        let opened = blocking(move || Keeper::open(home_id, &home, preference)).await?;
        let opened = Arc::new(opened);
        *keeper = Ok(opened.clone());
        Ok(opened)
    }

    /// The connector of a shop, made at its first use.
    pub(crate) async fn connector(&self, id: ShopId) -> Result<Arc<dyn Connector>> {
        if let Some(connector) = self.0.connectors.read().await.get(&id) {
            return Ok(connector.clone());
        }
        let shop = self.stored_shop(id).await?;
        let secrets = stored_secrets(self.keeper().await?, &shop).await?;
        let inner = self.build(&shop, &secrets)?;
        self.0.tails.write().await.insert(id, tails(&secrets));
        let (breaker, clock) = (self.0.breakers.of(id), self.0.clock.clone());
        let connector: Arc<dyn Connector> = Arc::new(Guarded { inner, breaker, clock, refused: Mutex::default() });
        // Two callers may have built one each; everybody gets the first, because it holds the pace.
        Ok(self.0.connectors.write().await.entry(id).or_insert(connector).clone())
    }

    pub(crate) async fn stored_shop(&self, id: ShopId) -> Result<Shop> {
        self.read(move |reader| reader.shop(id)).await
    }

    /// Lets a shop rest until a person mends its key.
    pub(crate) async fn pause(&self, id: ShopId, code: &str) -> Result<()> {
        let code = code.to_owned();
        self.write(move |writer| writer.change_shop(id, |shop| shop.pause = code)).await?;
        self.tell(Event::Shop { id });
        Ok(())
    }

    fn build(&self, shop: &Shop, secrets: &BTreeMap<String, Secret>) -> Result<Arc<dyn Connector>> {
        let mut credentials = BTreeMap::new();
        let proxy = match secrets.get(PROXY_PASSWORD) {
            Some(password) => with_password(shop.proxy.as_deref(), password)?,
            None => shop.proxy.clone(),
        };
        for (field, secret) in secrets.iter().filter(|(field, _)| *field != PROXY_PASSWORD) {
            credentials.insert(field.clone(), Credential::new(secret.expose_str()?.to_owned()));
        }
        let settings = Settings {
            shop: shop.id,
            fields: shop.fields.clone(),
            secrets: credentials,
            base_url: shop.base_url.clone(),
            proxy,
        };
        let mut pack = self.0.packs.of(shop.channel)?.as_ref().clone();
        if let History::Days(days) = shop.history {
            pack.set_figure(HISTORY_DAYS, u64::from(days));
        }
        Ok(connect(shop.channel, settings, pack, self.0.clock.clone())?)
    }
}

/// The secret fields of a platform; a shop has all of them.
const fn secret_fields(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Wildberries => &["token"],
        Channel::Ozon => &["api_key"],
        Channel::Aliexpress => &["app_secret", "access_token", "refresh_token", "token"],
        Channel::Wish => &["client_secret", "access_token", "refresh_token"],
        Channel::Email => &["password"],
    }
}

fn secret_names(shop: &Shop) -> Result<Vec<SecretName>> {
    let fields = secret_fields(shop.channel).iter().copied().chain([PROXY_PASSWORD]);
    fields.map(|field| Ok(SecretName::new(shop.id.0, field)?)).collect()
}

/// Takes the password out of a proxy's address: the address is stored with the shop, the password with the keys.
fn without_password(proxy: Option<String>, secrets: &mut BTreeMap<String, Secret>) -> Result<Option<String>> {
    let Some(proxy) = proxy else { return Ok(None) };
    let mut url = proxy_url(&proxy)?;
    if let Some(password) = url.password() {
        secrets.insert(PROXY_PASSWORD.to_owned(), Secret::from(password.to_owned()));
        url.set_password(None).map_err(|()| Error::invalid("proxy", PROXY_HINT))?;
    }
    Ok(Some(url.into()))
}

fn with_password(proxy: Option<&str>, password: &Secret) -> Result<Option<String>> {
    let Some(proxy) = proxy else { return Ok(None) };
    let mut url = proxy_url(proxy)?;
    // As it stood in the address, escapes included.
    url.set_password(Some(password.expose_str()?)).map_err(|()| Error::invalid("proxy", PROXY_HINT))?;
    Ok(Some(url.into()))
}

fn proxy_url(proxy: &str) -> Result<Url> {
    Url::parse(proxy).map_err(|_| Error::invalid("proxy", PROXY_HINT))
}

async fn stored_secrets(keeper: Arc<Keeper>, shop: &Shop) -> Result<BTreeMap<String, Secret>> {
    let names = secret_names(shop)?;
    blocking(move || {
        let mut secrets = BTreeMap::new();
        for name in names {
            if let Some(secret) = keeper.get(&name)? {
                secrets.insert(name.field().to_owned(), secret);
            }
        }
        Ok::<_, dragoman_secrets::Error>(secrets)
    })
    .await
}

async fn put_all(keeper: Arc<Keeper>, shop: ShopId, secrets: &BTreeMap<String, Secret>) -> Result<()> {
    let mut named = Vec::new();
    for (field, secret) in secrets {
        named.push((SecretName::new(shop.0, field.clone())?, secret.clone()));
    }
    blocking(move || named.iter().try_for_each(|(name, secret)| keeper.put(name, secret))).await
}

/// What a person may see of keys. A proxy's password is chosen by people, so nothing of it is shown.
fn tails(secrets: &BTreeMap<String, Secret>) -> BTreeMap<String, String> {
    let keys = secrets.iter().filter(|(field, _)| *field != PROXY_PASSWORD);
    keys.map(|(field, secret)| (field.clone(), secret.last_four())).collect()
}

fn not_found(id: ShopId) -> Error {
    Error::NotFound { what: "shop", id: id.to_string() }
}
