//! What stands between the wire and S3: it counts each request, and lets it fail where a test has asked for that.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _};
use hyper::body::{Body as _, Incoming};
use hyper::{Request, header};
use s3s::dto::StreamingBlob;
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse, s3_error};

use super::faults::{Fault, Faults};
use super::locked;
use super::operation::Operation;

#[derive(Clone)]
pub(super) struct Front {
    service: S3Service,
    faults: Faults,
    requests: Requests,
}

/// How often each operation was asked for, failures and refusals included.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Requests {
    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        locked(&self.0).clone()
    }

    fn count(&self, operation: Operation) {
        *locked(&self.0).entry(operation.name()).or_default() += 1;
    }
}

impl Front {
    pub(super) fn new(service: S3Service, faults: Faults, requests: Requests) -> Self {
        Self { service, faults, requests }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let operation = Operation::of(request.method(), request.uri(), request.headers());
        self.requests.count(operation);
        let fault = self.faults.draw(operation);
        tracing::trace!(s3.operation = operation.name(), s3.fault = ?fault, "request");
        let refusal = match fault {
            None => return self.service.call(request.map(Body::from)).await,
            Some(Fault::TruncatedBody) => return self.service.call(request.map(Body::from)).await.and_then(truncated),
            Some(Fault::Stall(time)) => {
                tokio::time::sleep(time).await;
                return self.service.call(request.map(Body::from)).await;
            }
            Some(Fault::ConnectionReset) => return Err(reset()),
            Some(Fault::InternalError) => s3_error!(InternalError, "We encountered an internal error."),
            Some(Fault::SlowDown) => s3_error!(SlowDown, "Please reduce your request rate."),
            Some(Fault::AccessDenied) => s3_error!(AccessDenied, "Access Denied"),
            Some(Fault::NoSuchKey) => s3_error!(NoSuchKey, "The specified key does not exist."),
        };
        refusal.to_http_response().map_err(|error| HttpError::new(Box::new(error)))
    }
}

impl hyper::service::Service<Request<Incoming>> for Front {
    type Response = HttpResponse;
    type Error = HttpError;
    type Future = BoxFuture<'static, Result<HttpResponse, HttpError>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

/// An error in place of an answer: hyper closes the connection.
fn reset() -> HttpError {
    HttpError::new(Box::new(io::Error::from(io::ErrorKind::ConnectionReset)))
}

/// Promises the whole length and sends half of it. An answer without a body is cut altogether.
fn truncated(response: HttpResponse) -> Result<HttpResponse, HttpError> {
    let (head, body) = response.into_parts();
    let told = head.headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    let length: u64 = told.or(body.size_hint().exact()).unwrap_or_default();
    if length == 0 {
        return Err(reset());
    }
    let mut left = (length / 2) as usize;
    let half = body.map_ok(move |chunk: Bytes| {
        let sent = chunk.slice(..chunk.len().min(left));
        left -= sent.len();
        sent
    });
    let half = half.try_take_while(|chunk| futures::future::ready(Ok(!chunk.is_empty())));
    let cut = half.chain(futures::stream::once(async {
        // Lets what was sent so far leave: an error at once would take the answer's head with it.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset).into())
    }));
    let cut = Body::from(StreamingBlob::wrap(cut.map_err(|error: s3s::StdError| io::Error::other(error))));
    let mut response = HttpResponse::from_parts(head, cut);
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}
