//! C07: certificates that are not to be trusted. The program says so, offers no way around it, and the impostor hears no secret.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use dragoman_simulator::ShopSeed;
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::{House, ended, world};
use dragoman_tests::peer::{Asked, Manner, serve};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::line::secrets;

const SEED: u64 = 7;

struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

/// What a server shows: its chain and its key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(name: &str, years: (i32, i32), by: Option<&Authority>) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let certificate = match by {
        Some(authority) => params.signed_by(&key, &authority.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

/// A secured server; what was asked over finished handshakes.
async fn listen((chain, key): Identity) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let heard: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let memory = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, memory) = (acceptor.clone(), Arc::clone(&memory));
            tokio::spawn(async move {
                if let Ok(socket) = acceptor.accept(socket).await {
                    // A client that leaves is no fault of the server's.
                    drop(serve(socket, &memory, &|_| Manner::answer(404, "{}")).await);
                }
            });
        }
    });
    (address, heard)
}

/// A server that knows nothing newer than TLS 1.0, or none at all: answers a greeting with these bytes and keeps what came.
async fn old(answer: &'static [u8]) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let heard: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let memory = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let memory = Arc::clone(&memory);
            tokio::spawn(async move {
                let mut greeting = vec![0; 4_096];
                let got = socket.read(&mut greeting).await.unwrap_or(0);
                let _ = socket.write_all(answer).await;
                let mut rest = Vec::new();
                let _ = socket.read_to_end(&mut rest).await;
                let text = String::from_utf8_lossy(&[&greeting[..got], &rest].concat()).into_owned();
                // A greeting is no request; only readable words would be one.
                if text.contains("HTTP/1.1") {
                    memory.lock().unwrap().push(Asked { head: text, ..Asked::default() });
                }
            });
        }
    });
    (address, heard)
}

async fn add(house: &House, seed: &ShopSeed, base: &str, roots: &std::path::Path) -> (Option<i32>, String) {
    let mut args = ["shop", "add", &seed.channel, "--name", "Impostor", "--base-url", base].map(str::to_owned).to_vec();
    args.extend(house.connection(&seed.fields, &seed.secrets).unwrap());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut command = house.command(&args);
    // The real clock: certificates are judged by it. The roots of this test only, as a system would have its own.
    command.env_remove("DRAGOMAN_CLOCK").env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
    let outcome = ended(command).await.unwrap();
    (outcome.code, outcome.stdout)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_untrusted_certificates_are_refused_and_hear_no_secret() {
    dragoman_channels::http::install_tls();
    let house = House::start(world(SEED)).await.unwrap();
    let (known, unknown) = (authority("Known to this test"), authority("Known to nobody"));
    let roots = house.folder().join("roots.pem");
    std::fs::write(&roots, known.certificate.pem()).unwrap();

    let good = listen(identity("localhost", (2024, 2040), Some(&known))).await;
    let bad = [
        ("self-signed", listen(identity("localhost", (2024, 2040), None)).await),
        ("expired", listen(identity("localhost", (2020, 2021), Some(&known))).await),
        ("not valid yet", listen(identity("localhost", (2090, 2095), Some(&known))).await),
        ("another name", listen(identity("api-seller.ozon.ru.example", (2024, 2040), Some(&known))).await),
        ("unknown root", listen(identity("localhost", (2024, 2040), Some(&unknown))).await),
        // A server's greeting in TLS 1.0, and its fatal alert `protocol_version` (RFC 5246, 7.2).
        (
            "TLS 1.0",
            old(b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x2f\x00").await,
        ),
        ("no version in common", old(b"\x15\x03\x01\x00\x02\x02\x46").await),
        ("no TLS at all", old(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await),
    ];
    let seeds = house.world().shops().to_vec();
    let (mut cases, mut wrong, mut leaked) = (0, Vec::new(), 0);
    for seed in &seeds {
        for (what, (address, heard)) in &bad {
            cases += 1;
            let (code, said) = add(&house, seed, address, &roots).await;
            let heard = heard.lock().unwrap().clone();
            leaked += secrets(&seeds).values().filter(|it| heard.iter().any(|asked| asked.head.contains(*it))).count();
            if code != Some(1) || !said.contains("platform_unreachable") || !heard.is_empty() {
                wrong.push(format!("{what}, {}: exit {code:?}, {} requests, {said}", seed.channel, heard.len()));
            }
        }
        let _ = add(&house, seed, &good.0, &roots).await;
    }
    let trusted = good.1.lock().unwrap().len();
    let mut figures = Figures::new("campaign_untrusted_certificates", SEED);
    figures.add("requests over the one good certificate, which shows that the test can hear", trusted);
    figures.failures("certificates taken or refused in other words", wrong.len(), cases);
    figures.failures("secrets heard by impostors", leaked, cases);
    figures.print();
    assert_eq!((wrong, leaked), (Vec::<String>::new(), 0));
    assert!(trusted >= seeds.len(), "the good certificate is taken");
}
