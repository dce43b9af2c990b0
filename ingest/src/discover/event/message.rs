//! Reads the bodies of messages: which keys of our bucket they tell of. Nothing else of them is believed.
//!
//! S3's own form, sent straight to the queue or through an SNS topic. A reason why a body cannot be read never quotes it.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// The keys that a message tells of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys(pub(super) Vec<String>);

/// Why a body tells nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// Neither a notification of S3 nor its test.
    #[error("a message is no event notification of S3")]
    Form,
    /// A key that is not UTF-8 once it is decoded.
    #[error("a message has a key that is not UTF-8")]
    Key,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    /// `s3:TestEvent`, which S3 sends when notifications are set up.
    #[serde(rename = "Event")]
    event: Option<String>,
    /// What a topic has wrapped.
    #[serde(rename = "Message")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    bucket: Named,
    object: Keyed,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// `sequencer` and `versionId` may be absent, and are not needed.
#[derive(Deserialize)]
struct Keyed {
    key: String,
}

/// The keys of the bucket that the body of a message tells of.
pub(super) fn keys(body: &str, bucket: &str) -> Result<Keys, Unreadable> {
    let body: Body = serde_json::from_str(body).map_err(|_| Unreadable::Form)?;
    match body {
        Body { records: Some(records), .. } => records
            .iter()
            .filter(|record| record.s3.bucket.name == bucket)
            .map(|record| decoded(&record.s3.object.key))
            .collect::<Result<Vec<String>, Unreadable>>()
            .map(Keys),
        Body { event: Some(event), .. } if event == "s3:TestEvent" => Ok(Keys(Vec::new())),
        Body { message: Some(wrapped), .. } => keys(&wrapped, bucket),
        _ => Err(Unreadable::Form),
    }
}

/// Keys are encoded as in a form: `+` is a space, `%2B` a plus.
fn decoded(key: &str) -> Result<String, Unreadable> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| Unreadable::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created(key: &str) -> String {
        format!(
            r#"{{"Records":[{{"eventName":"ObjectCreated:Put","s3":{{"bucket":{{"name":"hospital"}},"object":{{"key":"{key}"}}}}}}]}}"#
        )
    }

    #[test]
    fn keys_are_decoded() {
        for (said, meant) in [
            ("pms%2Fadmissions%2F1.csv", "pms/admissions/1.csv"),
            ("pms/a+b%2Bc%20d.csv", "pms/a b+c d.csv"),
            ("sch%C3%B6n.csv", "schön.csv"),
        ] {
            assert_eq!(keys(&created(said), "hospital"), Ok(Keys(vec![meant.to_owned()])), "{said}");
        }
    }

    #[test]
    fn other_buckets_and_the_test_event_tell_nothing() {
        assert_eq!(keys(&created("1.csv"), "another"), Ok(Keys(vec![])));
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"hospital"}"#;
        assert_eq!(keys(test, "hospital"), Ok(Keys(vec![])));
    }

    #[test]
    fn what_a_topic_has_wrapped_is_read() {
        let wrapped = serde_json::json!({ "Type": "Notification", "Message": created("1.csv") }).to_string();
        assert_eq!(keys(&wrapped, "hospital"), Ok(Keys(vec!["1.csv".to_owned()])));
    }

    #[test]
    fn what_is_no_notification_is_told_without_its_content() {
        for body in ["Jane Doe", "{}", r#"{"Records":[{"s3":{}}]}"#, r#"{"Event":"s3:Jane"}"#, r#"{"Message":"Jane"}"#]
        {
            let error = keys(body, "hospital").unwrap_err();
            assert!(!error.to_string().contains("Jane"), "{error}");
        }
        assert_eq!(keys(&created("%FF.csv"), "hospital"), Err(Unreadable::Key));
    }
}
