//! What the application must be told before it can serve.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use chrono_tz::Tz;
use wardwatch_schema::config::Config;

/// What the application must be told before it can serve.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hospital's wall clock: every time on a page is told in it.
    pub timezone: Tz,
    /// The address that was asked for.
    pub listen: SocketAddr,
    /// Whether pages may act.
    pub acting: bool,
    /// The proxy that ends TLS before this server and is believed where a request comes from.
    pub proxy: Option<IpAddr>,
    /// With what this server speaks TLS itself; with neither this nor a proxy it is served without TLS.
    pub tls: Option<Tls>,
    /// Whether clinicians and administrators must have a second factor before they see anything.
    pub requires_second_factor: bool,
    /// The folder into which the copy of the board is written that the ward falls back on; none: nowhere.
    pub downtime_folder: Option<PathBuf>,
}

/// A certificate and its key.
#[derive(Debug, Clone)]
pub struct Tls {
    /// File of the certificates, in PEM.
    pub certificate: PathBuf,
    /// File of the private key, in PEM.
    pub key: PathBuf,
}

/// Why a configuration cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A certificate without its key, or a key without its certificate.
    #[error("tls_certificate and tls_key are set together: one of them is missing")]
    HalfOfTls,
}

impl Settings {
    /// On this machine, without TLS, and acting.
    pub fn new(timezone: Tz, listen: SocketAddr) -> Self {
        Self {
            timezone,
            listen,
            acting: true,
            proxy: None,
            tls: None,
            requires_second_factor: false,
            downtime_folder: None,
        }
    }

    /// As ops have configured it, for a hospital in this zone.
    ///
    /// # Errors
    /// [`SettingsError::HalfOfTls`] where TLS is configured in part.
    pub fn of(config: &Config, timezone: Tz) -> Result<Self, SettingsError> {
        let tls = match (config.tls_certificate.clone(), config.tls_key.clone()) {
            (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
            (None, None) => None,
            _ => return Err(SettingsError::HalfOfTls),
        };
        Ok(Self {
            timezone,
            listen: config.listen,
            acting: config.acting.unwrap_or(true),
            proxy: config.proxy,
            tls,
            requires_second_factor: config.require_second_factor,
            downtime_folder: config.downtime_folder.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_is_served_and_half_of_tls_is_refused() {
        let mut config = Config::default();
        assert!(Settings::of(&config, Tz::UTC).unwrap().acting, "unless it is switched off");
        config.acting = Some(false);
        config.require_second_factor = true;
        config.downtime_folder = Some("copies".into());
        config.tls_certificate = Some("ward.pem".into());
        assert!(Settings::of(&config, Tz::UTC).is_err());
        config.tls_key = Some("ward.key".into());
        let settings = Settings::of(&config, Tz::UTC).unwrap();
        assert!(!settings.acting && settings.requires_second_factor && settings.tls.is_some());
        assert_eq!(settings.downtime_folder, config.downtime_folder);
    }
}
