//! What stands between the wire and S3: it counts each request, and lets it fail where a test has asked for that.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use hyper::body::Incoming;
use hyper::{Request, header};
use s3s::dto::StreamingBlob;
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse, StdError, s3_error};

use super::faults::{EmptyPage, Fault, Faults};
use super::locked;
use super::operation::{self, Operation};

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
        let fault = self.faults.draw(operation, &operation::key(request.uri()));
        tracing::trace!(s3.operation = operation.name(), s3.fault = ?fault, "request");
        let refusal = match fault {
            None => return self.service.call(request.map(Body::from)).await,
            Some(Fault::TruncatedBody) => return self.service.call(request.map(Body::from)).await.and_then(truncated),
            Some(Fault::StallBody) => return self.service.call(request.map(Body::from)).await.and_then(stalled),
            Some(Fault::EmptyPage) => {
                let mut request = request.map(Body::from);
                request.extensions_mut().insert(EmptyPage);
                return self.service.call(request).await;
            }
            Some(Fault::Stall(time)) => {
                tokio::time::sleep(time).await;
                return self.service.call(request.map(Body::from)).await;
            }
            Some(Fault::ConnectionReset) => return Err(reset()),
            Some(Fault::InternalError) => s3_error!(InternalError, "We encountered an internal error."),
            Some(Fault::SlowDown) => s3_error!(SlowDown, "Please reduce your request rate."),
            Some(Fault::AccessDenied) => s3_error!(AccessDenied, "Access Denied"),
            Some(Fault::NoSuchKey) => s3_error!(NoSuchKey, "The specified key does not exist."),
            Some(Fault::PreconditionFailed) => {
                s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
            }
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

/// Sends half of the body, and ends with the connection.
fn truncated(response: HttpResponse) -> Result<HttpResponse, HttpError> {
    let cut = stream::once(async {
        // Lets what was sent so far leave: an error at once would take the answer's head with it.
        tokio::task::yield_now().await;
        Err::<Bytes, StdError>(io::Error::from(io::ErrorKind::ConnectionReset).into())
    });
    halved(response, cut)
}

/// Sends half of the body, and never ends.
fn stalled(response: HttpResponse) -> Result<HttpResponse, HttpError> {
    halved(response, stream::pending())
}

/// Promises the whole length, sends half of it, and goes on like this. An answer without a body is cut altogether.
fn halved(
    response: HttpResponse,
    end: impl Stream<Item = Result<Bytes, StdError>> + Send + Sync + 'static,
) -> Result<HttpResponse, HttpError> {
    let (head, body) = response.into_parts();
    let told = head.headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    let length: u64 = told.or(hyper::body::Body::size_hint(&body).exact()).unwrap_or_default();
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
    let body = half.chain(end).map_err(|error: StdError| io::Error::other(error));
    let mut response = HttpResponse::from_parts(head, Body::from(StreamingBlob::wrap(body)));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}
