//! Lists what a bucket shows now, page after page.
//!
//! Keys are asked for in URL encoding: one with a character that XML cannot hold must not hide all the others.

use aws_sdk_s3::types::{EncodingType, Object};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use percent_encoding::percent_decode_str;

use super::{BucketError, Listed, Page, S3, Told, error};
use crate::failpoint::{self, Point};

/// Where a listing goes on, and up to which key everything was told.
struct Next {
    from: Marker,
    told_until: String,
}

enum Marker {
    After(Option<String>),
    Token(String),
}

pub(super) fn pages<'a>(s3: &'a S3, start: &'a str, after: Option<String>) -> BoxStream<'a, Result<Page, BucketError>> {
    let first = Next { told_until: after.clone().unwrap_or_default(), from: Marker::After(after) };
    stream::try_unfold(Some(first), move |next| page(s3, start, next)).boxed()
}

async fn page(s3: &S3, start: &str, next: Option<Next>) -> Result<Option<(Page, Option<Next>)>, BucketError> {
    let Some(Next { from, told_until }) = next else { return Ok(None) };
    let request = s3.client.list_objects_v2().bucket(&s3.bucket).prefix(start).encoding_type(EncodingType::Url);
    let request = match from {
        Marker::After(after) => request.set_start_after(after),
        Marker::Token(token) => request.continuation_token(token),
    };
    failpoint::reached(Point::BeforePage).await;
    let answer = request.send().await.map_err(|error| error::sorted(s3.name(), &error))?;
    let objects: Vec<Listed> = answer.contents.unwrap_or_default().into_iter().filter_map(told).collect();
    if !ascend(&told_until, &objects) {
        return Err(BucketError::Disordered(s3.name()));
    }
    let objects = s3.only_kept(objects);
    let Some(token) = answer.next_continuation_token else { return Ok(Some((Page { objects, until: None }, None))) };
    // A page may be empty and not the last one: then no more is told than before.
    let told_until = objects.last().map_or(told_until, |last| last.key.clone());
    let page = Page { objects, until: Some(told_until.clone()) };
    Ok(Some((page, Some(Next { from: Marker::Token(token), told_until }))))
}

/// Whether each key comes after the one before. Of a listing in another order nobody could say what has left the bucket.
fn ascend(told_until: &str, objects: &[Listed]) -> bool {
    objects.first().is_none_or(|first| first.key.as_str() > told_until) && objects.is_sorted_by(|a, b| a.key < b.key)
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn listed(keys: &[&str]) -> Vec<Listed> {
        let listed = |key: &&str| Listed {
            key: (*key).to_owned(),
            version_id: None,
            etag: None,
            last_modified: DateTime::UNIX_EPOCH,
            size: 0,
            is_whole: true,
        };
        keys.iter().map(listed).collect()
    }

    #[test]
    fn keys_ascend_by_their_bytes_and_after_those_of_the_page_before() {
        let sound: [&[&str]; 6] = [&[], &["a"], &["a", "b"], &["Z", "a"], &["a/", "a0"], &["z", "\u{e9}"]];
        for keys in sound {
            assert!(ascend("", &listed(keys)), "{keys:?}");
        }
        for keys in [["b", "a"], ["a", "a"], ["\u{e9}", "z"]] {
            assert!(!ascend("", &listed(&keys)), "{keys:?}");
        }
        assert!(ascend("b", &listed(&["c"])) && !ascend("b", &listed(&["b"])) && !ascend("b", &listed(&["a", "c"])));
    }
}
