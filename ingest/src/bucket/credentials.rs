//! Credentials of AWS's own chain (profiles, SSO, web identity, instance roles), handed to `object_store`.
//!
//! A credential is kept until five minutes before it expires; while a refresh fails, one that is still valid goes on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;
use wardwatch_schema::clock::{Clock, SystemClock};

use super::BucketError;

const EARLY: Duration = Duration::from_mins(5);

/// AWS's own chain.
#[derive(Debug)]
pub(super) struct ChainCredentials {
    chain: SharedCredentialsProvider,
    shared: SdkConfig,
    region: String,
    kept: Mutex<Option<Credentials>>,
}

impl ChainCredentials {
    /// Loads the chain and proves that it has credentials.
    pub(super) async fn load(region: Option<String>) -> Result<Self, BucketError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        let config = loader.load().await;
        let chain = config.credentials_provider().ok_or(BucketError::NoCredentials)?;
        let first = chain.provide_credentials().await.map_err(|_| BucketError::NoCredentials)?;
        let region = config.region().map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        Ok(Self { chain, shared: config, region, kept: Mutex::new(Some(first)) })
    }

    /// The chain as AWS's own clients take it.
    pub(super) fn shared(&self) -> &SdkConfig {
        &self.shared
    }

    /// The region that the chain names.
    pub(super) fn region(&self) -> &str {
        &self.region
    }
}

#[async_trait]
impl CredentialProvider for ChainCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut kept = self.kept.lock().await;
        if !kept.as_ref().is_some_and(|credentials| valid_for(credentials, EARLY)) {
            match self.chain.provide_credentials().await {
                Ok(fresh) => *kept = Some(fresh),
                Err(error) if !kept.as_ref().is_some_and(|credentials| valid_for(credentials, Duration::ZERO)) => {
                    return Err(object_store::Error::Generic { store: "S3", source: Box::new(error) });
                }
                Err(_) => {
                    tracing::warn!("the AWS credentials could not be refreshed; the present ones are still valid");
                }
            }
        }
        let Some(credentials) = kept.as_ref() else {
            return Err(object_store::Error::Generic { store: "S3", source: "no credentials".into() });
        };
        Ok(Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        }))
    }
}

fn valid_for(credentials: &Credentials, time: Duration) -> bool {
    credentials.expiry().is_none_or(|expiry| expiry > std::time::SystemTime::from(SystemClock.now()) + time)
}
