//! The clock of the server, from the header `Date` of an answer.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use chrono::{DateTime, Utc};

use super::{BucketError, S3, error};

/// Keeps the date of the last answer.
#[derive(Debug, Clone, Default)]
struct Dated(Arc<Mutex<Option<DateTime<Utc>>>>);

impl Intercept for Dated {
    fn name(&self) -> &'static str {
        "Dated"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date.map(|date| date.to_utc());
        Ok(())
    }
}

impl S3 {
    /// What time it is there, cut to seconds, asked by a listing; `None` where the server does not tell.
    pub(crate) async fn time(&self, start: &str) -> Result<Option<DateTime<Utc>>, BucketError> {
        let dated = Dated::default();
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(start).max_keys(1);
        let sent = request.customize().interceptor(dated.clone()).send().await;
        sent.map_err(|error| error::sorted(self.name(), &error))?;
        let date = *dated.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(date)
    }
}
