//! Lists what a bucket shows now, page after page.
//!
//! Keys are asked for in URL encoding: one with a character that XML cannot hold must not hide all the others.

use aws_sdk_s3::types::{EncodingType, Object};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use percent_encoding::percent_decode_str;

use super::{BucketError, Listed, Page, S3, Told, error};
use crate::failpoint::{self, Point};

/// Where a listing goes on.
enum Next {
    After(Option<String>),
    Token(String),
    End,
}

pub(super) fn pages<'a>(s3: &'a S3, start: &'a str, after: Option<String>) -> BoxStream<'a, Result<Page, BucketError>> {
    stream::try_unfold(Next::After(after), move |next| page(s3, start, next)).boxed()
}

async fn page(s3: &S3, start: &str, next: Next) -> Result<Option<(Page, Next)>, BucketError> {
    let request = s3.client.list_objects_v2().bucket(&s3.bucket).prefix(start).encoding_type(EncodingType::Url);
    let request = match next {
        Next::After(after) => request.set_start_after(after),
        Next::Token(token) => request.continuation_token(token),
        Next::End => return Ok(None),
    };
    failpoint::reached(Point::BeforePage).await;
    let answer = request.send().await.map_err(|error| error::sorted(s3.name(), error))?;
    let objects: Vec<Listed> = answer.contents.unwrap_or_default().into_iter().filter_map(told).collect();
    let next = answer.next_continuation_token.map_or(Next::End, Next::Token);
    let until = match next {
        Next::End => None,
        _ => Some(objects.last().map(|last| last.key.clone()).unwrap_or_default()),
    };
    Ok(Some((Page { objects, until }, next)))
}

fn told(object: Object) -> Option<Listed> {
    super::listed(Told {
        key: decoded(&object.key?),
        version_id: None,
        etag: object.e_tag,
        last_modified: object.last_modified,
        size: object.size,
    })
}

/// Undoes the encoding that was asked for: that of a form, where a space is a plus.
pub(super) fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}
