//! HTTPS: whom the program trusts, and that it goes by the proxy it is told of.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, Span};
use clickwarden::demo::{Rhythm, invent_clicks};
use clickwarden::kql;
use clickwarden::network::{Proxies, unconnected};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::certificates::{Issued, issued};
use crate::program::Ran;
use crate::stand::{Running, Stand, signal};

/// An https server on loopback before a simulated tenant.
pub struct Gateway {
    pub url: String,
    /// Its authority's certificate, in PEM.
    pub authority: String,
    /// Decrypted bytes that clients sent.
    pub heard: Arc<AtomicU64>,
    /// By which it shows who it is.
    acceptor: Arc<Mutex<TlsAcceptor>>,
}

impl Gateway {
    /// Certified for `name` by an authority of its own.
    pub async fn start(tenant: &str, name: &str) -> Self {
        let (authority, config) = certified(name);
        let acceptor = Arc::new(Mutex::new(TlsAcceptor::from(Arc::new(config))));
        let current = acceptor.clone();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (heard, tenant) = (Arc::new(AtomicU64::new(0)), tenant.replace("http://", ""));
        let counter = heard.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = current.lock().unwrap().clone();
                let (tenant, heard) = (tenant.clone(), counter.clone());
                tokio::spawn(async move {
                    // A client that does not trust us ends the handshake.
                    let Ok(client) = acceptor.accept(stream).await else { return };
                    let tenant = TcpStream::connect(tenant).await.unwrap();
                    let (mut from, mut to) = tokio::io::split(client);
                    let (mut answers, mut requests) = tenant.into_split();
                    let back = tokio::io::copy(&mut answers, &mut to);
                    let forth = async {
                        let mut chunk = vec![0; 1 << 16];
                        while let Ok(read @ 1..) = from.read(&mut chunk).await {
                            heard.fetch_add(read as u64, Ordering::SeqCst);
                            requests.write_all(&chunk[..read]).await?;
                        }
                        requests.shutdown().await
                    };
                    // Whoever hangs up, the other side is done as well.
                    let _ = tokio::join!(back, forth);
                });
            }
        });
        Self { url, authority, heard, acceptor }
    }

    /// From now on it is certified by another authority, whose certificate this gives.
    pub fn renew(&self, name: &str) -> String {
        let (authority, config) = certified(name);
        *self.acceptor.lock().unwrap() = TlsAcceptor::from(Arc::new(config));
        authority
    }
}

/// An authority's certificate, and a server that it certified for `name`.
pub fn certified(name: &str) -> (String, ServerConfig) {
    let Issued { authority, certificate, key } = issued(name);
    let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .unwrap();
    (authority.pem(), config)
}

async fn stand() -> Stand {
    let mut table = kql::click_table(30 * DAY);
    let now = Clock::System.now();
    let span = Span::new(now.plus(-3 * DAY), now.plus(-3 * HOUR));
    invent_clicks(&mut table, 51, span, 60, Rhythm::Even);
    Stand::new(table, "").await
}

/// Points the stand at an https address; with a `ca_file`, if its text is given.
fn point(stand: &Stand, url: &str, ca: Option<&str>) {
    let mut text = stand.config_text(url, "");
    if let Some(ca) = ca {
        let path = stand.dir.path().join("ca.pem");
        fs::write(&path, ca).unwrap();
        text = text.replace("login_url", &format!("ca_file = {path:?}\nlogin_url"));
    }
    fs::write(stand.config(), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_authorities_are_trusted() {
    let stand = stand().await;
    let gateway = Gateway::start(&stand.tenant.url(), "127.0.0.1").await;
    let (other, _) = certified("127.0.0.1");
    for ca in [None, Some(other.as_str())] {
        point(&stand, &gateway.url, ca);
        let ran = Ran::from(stand.run(&["sync"]));
        assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
        let words = "certificate: UnknownIssuer (ca_file can name a gateway's)";
        assert!(ran.out.contains("cannot reach 127.0.0.1"), "{}", ran.out);
        assert!(ran.out.contains(words), "{}", ran.out);
    }
    assert_eq!(gateway.heard.load(Ordering::SeqCst), 0, "not a byte was said to it");
    point(&stand, &gateway.url, Some(&gateway.authority));
    let ran = Ran::from(stand.run(&["sync"]));
    assert_eq!(ran.code, Some(0), "{} {}", ran.out, ran.err);
    assert!(gateway.heard.load(Ordering::SeqCst) > 0);
    assert!(stand.tenant.queries() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_refused() {
    let stand = stand().await;
    let gateway = Gateway::start(&stand.tenant.url(), "graph.microsoft.com").await;
    point(&stand, &gateway.url, Some(&gateway.authority));
    let ran = Ran::from(stand.run(&["sync"]));
    assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
    assert!(ran.out.contains("not valid for name"), "{}", ran.out);
    assert_eq!(gateway.heard.load(Ordering::SeqCst), 0);
}

/// A new certificate of the gateway's authority in the old place is used from the next SIGHUP on.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_authority_is_trusted_without_a_restart() {
    let stand = stand().await;
    let gateway = Gateway::start(&stand.tenant.url(), "127.0.0.1").await;
    point(&stand, &gateway.url, Some(&gateway.authority));
    let config = fs::read_to_string(stand.config()).unwrap();
    fs::write(stand.config(), config.replace("[collect]", "[collect]\ninterval = \"1s\"")).unwrap();
    let words = stand.dir.path().join("words");
    let daemon = Running::start(stand.command(&["-v", "run"]), &words);
    let said = |text: &str| fs::read_to_string(&words).unwrap().matches(text).count();
    let until = async |text: &str, count: usize| {
        let end = std::time::Instant::now() + Duration::from_mins(1);
        while said(text) < count {
            let log = fs::read_to_string(&words).unwrap();
            assert!(std::time::Instant::now() < end, "{text}: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    until("pass ended", 1).await;
    // Nothing has changed: the stage goes on.
    signal(&daemon.0, "HUP");
    until("the new configuration is in force", 1).await;
    assert_eq!(said("begins anew"), 0);
    fs::write(stand.dir.path().join("ca.pem"), gateway.renew("127.0.0.1")).unwrap();
    signal(&daemon.0, "HUP");
    until("begins anew", 1).await;
    let ended = said("pass ended");
    until("pass ended", ended + 2).await;
    assert_eq!(said("UnknownIssuer"), 0);
    daemon.stop();
}

/// A proxy that refuses every connection; what each client said to it.
fn proxy() -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = said.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut bytes) = (stream.unwrap(), Vec::new());
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut chunk = [0; 4_096];
            while !bytes.ends_with(b"\r\n\r\n") {
                match stream.read(&mut chunk) {
                    Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
                    _ => break,
                }
            }
            let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(refusal).unwrap();
            // All that comes before the client hangs up.
            let _ = stream.read_to_end(&mut bytes);
            heard.lock().unwrap().push(bytes);
        }
    });
    (url, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environments_proxy_is_gone_by() {
    let stand = stand().await;
    let text = fs::read_to_string(stand.config()).unwrap();
    let microsofts = |line: &&str| !line.contains("_url = ") && !line.contains("calls_per_minute");
    let far: Vec<&str> = text.lines().filter(microsofts).collect();
    let config = stand.write_other_config("far.toml", &far.join("\n"));
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let (proxy, said) = proxy();
        let mut command = crate::stand::program(&config, &["sync"]);
        let ran = Ran::from(command.env(name, &proxy).output().unwrap());
        assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
        let words = "cannot reach login.microsoftonline.com: the proxy that HTTPS_PROXY or ALL_PROXY \
                     names refuses to connect to it";
        assert!(ran.out.contains(words), "{}", ran.out);
        let said = said.lock().unwrap();
        assert!(!said.is_empty());
        for bytes in said.iter() {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(
                text.starts_with("CONNECT login.microsoftonline.com:443 HTTP/1.1\r\n"),
                "{text}"
            );
            assert!(text.ends_with("\r\n\r\n") && text.matches("\r\n\r\n").count() == 1, "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
    // What is on this machine is spoken to at once.
    let (proxy, said) = proxy();
    let proxies = [("HTTPS_PROXY", &proxy), ("HTTP_PROXY", &proxy), ("ALL_PROXY", &proxy)];
    let ran = Ran::from(stand.command(&["sync"]).envs(proxies).output().unwrap());
    assert_eq!(ran.code, Some(0), "{} {}", ran.out, ran.err);
    assert!(said.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proxy_is_named_with_its_setting() {
    let stand = stand().await;
    let text = fs::read_to_string(stand.config()).unwrap();
    let microsofts = |line: &&str| !line.contains("_url = ") && !line.contains("calls_per_minute");
    let far: Vec<&str> = text.lines().filter(microsofts).collect();
    let config = stand.write_other_config("far.toml", &far.join("\n"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (name, command) in [("HTTPS_PROXY", "check"), ("ALL_PROXY", "sync")] {
        let mut program = crate::stand::program(&config, &[command]);
        let proxy = format!("http://canary-user:canary-password@{closed}");
        let ran = Ran::from(program.env(name, proxy).output().unwrap());
        assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
        let words = "the proxy that HTTPS_PROXY or ALL_PROXY names cannot be used: ";
        assert!(ran.out.contains(words) && ran.out.contains("refused"), "{}", ran.out);
        assert!(!format!("{}{}", ran.out, ran.err).contains("canary"), "{}", ran.out);
    }
}

/// One that takes a connection and says nothing, as a host behind a firewall may.
#[tokio::test]
async fn a_silent_proxy_is_named_with_its_setting() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://canary-user@{}", listener.local_addr().unwrap());
    let builder = reqwest::Client::builder().connect_timeout(Duration::from_millis(100));
    let client = builder.proxy(reqwest::Proxy::all(&proxy).unwrap()).build().unwrap();
    for (setting, named) in [("HTTPS_PROXY", true), ("all_proxy", true), ("HTTP_PROXY", false)] {
        let proxies = Proxies::of(|name| (name == setting).then(|| proxy.clone()));
        let error = client.get("https://login.microsoftonline.com/").send().await.unwrap_err();
        let words = unconnected(error, &proxies);
        let told = "the proxy that HTTPS_PROXY or ALL_PROXY names did not connect to it in time; \
                    NO_PROXY can go round that proxy";
        assert_eq!(words == told, named, "{setting}: {words}");
    }
    let round = Proxies::of(|name| match name {
        "HTTPS_PROXY" => Some(proxy.clone()),
        "NO_PROXY" => Some("microsoftonline.com".to_owned()),
        _ => None,
    });
    let error = client.get("https://login.microsoftonline.com/").send().await.unwrap_err();
    assert_eq!(unconnected(error, &round), "operation timed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_none_is_named_with_its_setting() {
    let stand = stand().await;
    // This machine under a name that is not taken for it.
    let text = stand.config_text("https://[::ffff:127.0.0.1]:9", "");
    let config =
        stand.write_other_config("far.toml", &text.replace("calls_per_minute = 1000000", ""));
    for (setting, value) in [("HTTPS_PROXY", "canary::"), ("all_proxy", "ftp://canary:1/")] {
        let mut program = crate::stand::program(&config, &["check"]);
        let ran = Ran::from(program.env(setting, value).output().unwrap());
        assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
        let words = format!(
            "refused (os error 111) (no proxy is used: the value of {setting} is no address such as \
             http://host:8080)"
        );
        assert!(ran.out.contains(&words) && !ran.out.contains("canary"), "{}", ran.out);
    }
}
