//! The S3 server as a client of another make sees it: `object_store`, and plain HTTP where that hides the wire.

use std::error::Error;
use std::path::Path as Directory;
use std::time::Duration;

use aws_sdk_s3::config::{Credentials, Region};
use aws_sdk_s3::types::{BucketVersioningStatus, Delete, ObjectIdentifier, VersioningConfiguration};
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    Error as StoreError, GetOptions, GetRange, MultipartUpload as _, ObjectStore, ObjectStoreExt as _, PutMode,
    PutOptions, PutPayload, RetryConfig,
};
use wardwatch_demo::{Fault, Operation, S3Error, S3Options, S3Server};

type Tested<T = ()> = Result<T, Box<dyn Error>>;

const BUCKET: &str = "hospital";

fn options(directory: &Directory, anonymous: bool) -> S3Options {
    S3Options {
        directory: directory.to_path_buf(),
        listen: ([127, 0, 0, 1], 0).into(),
        access_key: "key".to_owned(),
        secret_key: "secret".to_owned(),
        anonymous,
    }
}

async fn start(directory: &Directory) -> Tested<S3Server> {
    let server = S3Server::start(options(directory, false)).await?;
    server.ensure_bucket(BUCKET)?;
    Ok(server)
}

fn builder(server: &S3Server) -> AmazonS3Builder {
    AmazonS3Builder::new()
        .with_endpoint(server.endpoint())
        .with_allow_http(true)
        .with_virtual_hosted_style_request(false)
        .with_region("us-east-1")
        .with_bucket_name(BUCKET)
        .with_access_key_id("key")
        .with_secret_access_key("secret")
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
}

fn client(server: &S3Server) -> Tested<AmazonS3> {
    Ok(builder(server).build()?)
}

fn payload(text: &str) -> PutPayload {
    PutPayload::from(text.as_bytes().to_vec())
}

async fn text(store: &AmazonS3, key: &Path) -> Tested<String> {
    Ok(String::from_utf8(store.get(key).await?.bytes().await?.to_vec())?)
}

async fn keys(store: &AmazonS3, prefix: Option<&Path>, offset: Option<&Path>) -> Tested<Vec<String>> {
    let listed = match offset {
        Some(offset) => store.list_with_offset(prefix, offset),
        None => store.list(prefix),
    };
    Ok(listed.map_ok(|object| object.location.to_string()).try_collect().await?)
}

#[tokio::test]
async fn what_is_put_is_got_whole_in_ranges_and_listed_with_its_etag() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let store = client(&server)?;
    let key = Path::from("pms/a.csv");
    let put = store.put(&key, payload("hello world")).await?;
    assert_eq!(put.e_tag.as_deref(), Some("\"5eb63bbbe01eeed093cb22bb8f5acdc3\""));
    assert_eq!(text(&store, &key).await?, "hello world");
    assert_eq!(store.get_range(&key, 6..9).await?.as_ref(), b"wor");
    let suffix = GetOptions { range: Some(GetRange::Suffix(5)), ..GetOptions::default() };
    assert_eq!(store.get_opts(&key, suffix).await?.bytes().await?.as_ref(), b"world");
    let head = store.head(&key).await?;
    let listed: Vec<_> = store.list(None).try_collect().await?;
    assert_eq!(listed.first(), Some(&head));
    assert_eq!((head.size, head.e_tag, head.last_modified.timestamp_subsec_nanos()), (11, put.e_tag, 0));
    store.delete(&key).await?;
    assert!(matches!(store.get(&key).await, Err(StoreError::NotFound { .. })));
    Ok(())
}

#[tokio::test]
async fn listings_go_on_page_by_page_in_the_order_of_bytes() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let store = client(&server)?;
    let mut wanted = Vec::new();
    for number in 0..1005 {
        let key = format!("many/{number:04}.csv");
        store.put(&Path::from(key.as_str()), payload("x")).await?;
        wanted.push(key);
    }
    store.put(&Path::parse("other/é.csv")?, payload("x")).await?;
    store.put(&Path::from("root.csv"), payload("x")).await?;
    assert_eq!(keys(&store, Some(&Path::from("many")), None).await?, wanted);
    assert!(server.requests()["ListObjectsV2"] >= 2);
    let offset = Path::from("many/1002.csv");
    let rest = ["many/1003.csv", "many/1004.csv", "other/é.csv", "root.csv"];
    assert_eq!(keys(&store, None, Some(&offset)).await?, rest);
    let level = store.list_with_delimiter(None).await?;
    assert_eq!(level.common_prefixes, [Path::from("many"), Path::from("other")]);
    assert_eq!(level.objects.len(), 1);
    Ok(())
}

#[tokio::test]
async fn conditions_hold_as_in_s3() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let store = client(&server)?;
    let key = Path::from("a.csv");
    let written: DateTime<Utc> = "2026-11-21T10:15:00Z".parse()?;
    server.set_time(Some(written));
    let etag = store.put(&key, payload("one")).await?.e_tag;
    let ask = |options: GetOptions| store.get_opts(&key, options);

    let known = GetOptions { if_none_match: etag.clone(), ..GetOptions::default() };
    assert!(matches!(ask(known).await, Err(StoreError::NotModified { .. })));
    let same = GetOptions { if_match: etag.clone(), ..GetOptions::default() };
    assert_eq!(ask(same.clone()).await?.meta.last_modified, written);
    let before = GetOptions { if_unmodified_since: Some(written - Duration::from_secs(1)), ..GetOptions::default() };
    assert!(matches!(ask(before).await, Err(StoreError::Precondition { .. })));
    let since = GetOptions { if_modified_since: Some(written), ..GetOptions::default() };
    assert!(matches!(ask(since).await, Err(StoreError::NotModified { .. })));

    let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    let again = store.put_opts(&key, payload("two"), create).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists { .. })), "{again:?}");
    store.put(&key, payload("two")).await?;
    assert!(matches!(ask(same).await, Err(StoreError::Precondition { .. })));
    Ok(())
}

/// Keys that no file system would take, by way of Amazon's own client, for `object_store` will not say all of them.
#[tokio::test]
async fn odd_keys_are_kept_apart_and_survive_a_restart() -> Tested {
    let place = tempfile::tempdir()?;
    let long = "long/".to_owned() + &"ä".repeat(500);
    let mut odd = vec![
        "a b",
        "a+b",
        "a%2Fb",
        "a/b",
        "a//b",
        "/leading",
        "../up",
        "./here",
        "dir/",
        "Ünï/код/日本",
        "a?b#c&d=e",
        "~*'()!",
        long.as_str(),
    ];
    let server = start(place.path()).await?;
    let amazon = amazon(&server);
    for key in &odd {
        amazon.put_object().bucket(BUCKET).key(*key).body(key.as_bytes().to_vec().into()).send().await?;
    }
    server.stop().await;

    let server = S3Server::start(options(place.path(), false)).await?;
    let amazon = self::amazon(&server);
    for key in &odd {
        let object = amazon.get_object().bucket(BUCKET).key(*key).send().await?;
        assert_eq!(object.body.collect().await?.to_vec(), key.as_bytes());
    }
    let listed = amazon.list_objects_v2().bucket(BUCKET).send().await?;
    let listed: Vec<_> = listed.contents().iter().filter_map(|object| object.key()).collect();
    odd.sort_unstable();
    assert_eq!(listed, odd);
    assert_eq!(text(&client(&server)?, &Path::parse("a b")?).await?, "a b");
    Ok(())
}

fn amazon(server: &S3Server) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .endpoint_url(server.endpoint())
        .force_path_style(true)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

#[tokio::test]
async fn a_large_object_goes_in_parts() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let store = client(&server)?;
    let key = Path::from("large.csv");
    let part = vec![b'x'; 6 * 1024 * 1024];
    let mut upload = store.put_multipart(&key).await?;
    upload.put_part(part.clone().into()).await?;
    upload.put_part(payload("the end")).await?;
    let done = upload.complete().await?;
    assert!(done.e_tag.is_some_and(|etag| etag.ends_with("-2\"")));
    assert_eq!(store.head(&key).await?.size, part.len() as u64 + 7);
    assert_eq!(store.get_range(&key, part.len() as u64..part.len() as u64 + 3).await?.as_ref(), b"the");

    let mut upload = store.put_multipart(&Path::from("given up")).await?;
    upload.put_part(payload("x")).await?;
    upload.abort().await?;
    assert_eq!(keys(&store, None, None).await?, ["large.csv"]);
    assert_eq!(std::fs::read_dir(place.path().join("incoming"))?.count(), 0, "the parts are gone");
    Ok(())
}

#[tokio::test]
async fn strangers_are_refused_and_anonymous_ones_may_read_where_they_may() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let key = Path::from("a.csv");
    client(&server)?.put(&key, payload("x")).await?;
    let wrong_secret = builder(&server).with_secret_access_key("guess").build()?.get(&key).await;
    assert!(refusal(&wrong_secret).contains("SignatureDoesNotMatch"), "{wrong_secret:?}");
    let wrong_key = builder(&server).with_access_key_id("nobody").build()?.get(&key).await;
    assert!(refusal(&wrong_key).contains("InvalidAccessKeyId"), "{wrong_key:?}");
    let unsigned = builder(&server).with_skip_signature(true).build()?.get(&key).await;
    assert!(refusal(&unsigned).contains("AccessDenied"), "{unsigned:?}");
    server.stop().await;

    let public = S3Server::start(options(place.path(), true)).await?;
    let anybody = builder(&public).with_skip_signature(true).build()?;
    assert_eq!(text(&anybody, &key).await?, "x");
    assert_eq!(keys(&anybody, None, None).await?, ["a.csv"]);
    let write = anybody.put(&key, payload("y")).await;
    assert!(refusal(&write).contains("AccessDenied"), "{write:?}");
    Ok(())
}

fn refusal<T>(answer: &Result<T, StoreError>) -> String {
    let mut said = String::new();
    let mut error = answer.as_ref().err().map(|error| error as &dyn Error);
    while let Some(cause) = error {
        said.push_str(&cause.to_string());
        error = cause.source();
    }
    said
}

#[tokio::test]
async fn one_process_one_directory_and_one_address() -> Tested {
    let place = tempfile::tempdir()?;
    let other = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let second = S3Server::start(options(place.path(), false)).await;
    assert!(matches!(second, Err(S3Error::DirectoryInUse { .. })), "{second:?}");
    let taken = S3Options { listen: server.address(), ..options(other.path(), false) };
    let message = S3Server::start(taken).await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.starts_with(&format!("{} is in use", server.address())), "{message}");
    Ok(())
}

#[tokio::test]
async fn faults_show_as_the_real_ones_do() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let store = client(&server)?;
    let key = Path::from("a.csv");
    store.put(&key, payload(&"x".repeat(100_000))).await?;
    for (fault, said) in [
        (Fault::InternalError, "InternalError"),
        (Fault::SlowDown, "SlowDown"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::NoSuchKey, "NoSuchKey"),
        (Fault::ConnectionReset, "error sending request"),
    ] {
        server.faults().fail_next(Operation::GetObject, fault, 1);
        let answer = store.get(&key).await;
        assert!(refusal(&answer).contains(said), "{answer:?}");
    }
    assert_eq!(text(&store, &key).await?.len(), 100_000);

    server.faults().fail_next(Operation::GetObject, Fault::TruncatedBody, 1);
    let cut: Result<Vec<_>, _> = store.get(&key).await?.into_stream().try_collect().await;
    assert!(cut.is_err(), "{cut:?}");

    server.faults().fail_next(Operation::HeadObject, Fault::Stall(Duration::from_millis(300)), 1);
    let asked = std::time::Instant::now();
    store.head(&key).await?;
    assert!(asked.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.requests()["GetObject"], 7);
    Ok(())
}

#[tokio::test]
async fn versions_are_kept_where_the_bucket_says_so() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let (store, amazon, key) = (client(&server)?, amazon(&server), Path::from("a.csv"));
    store.put(&key, payload("before")).await?;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    amazon.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await?;
    let one = store.put(&key, payload("one")).await?.version;
    let two = store.put(&key, payload("two")).await?.version;
    store.delete(&key).await?;
    assert!(matches!(store.get(&key).await, Err(StoreError::NotFound { .. })));
    assert!(keys(&store, None, None).await?.is_empty());
    for (version, wanted) in [(Some("null".to_owned()), "before"), (one.clone(), "one"), (two.clone(), "two")] {
        let options = GetOptions { version, ..GetOptions::default() };
        assert_eq!(store.get_opts(&key, options).await?.bytes().await?.as_ref(), wanted.as_bytes());
    }
    assert_eq!(versions(&amazon, 1).await?, [two.clone(), one.clone(), Some("null".to_owned())]);
    assert_eq!(versions(&amazon, 1000).await?, versions(&amazon, 1).await?);
    amazon.delete_object().bucket(BUCKET).key("a.csv").set_version_id(one).send().await?;
    assert_eq!(versions(&amazon, 1000).await?, [two, Some("null".to_owned())]);
    Ok(())
}

/// The ids of all versions but markers, the newest first, in pages of so many.
async fn versions(amazon: &aws_sdk_s3::Client, page: i32) -> Tested<Vec<Option<String>>> {
    let mut found = Vec::new();
    let (mut key, mut version) = (None, None);
    loop {
        let asked = amazon.list_object_versions().bucket(BUCKET).max_keys(page);
        let answer = asked.set_key_marker(key).set_version_id_marker(version).send().await?;
        found.extend(answer.versions().iter().map(|it| it.version_id().map(str::to_owned)));
        if answer.is_truncated() != Some(true) {
            return Ok(found);
        }
        (key, version) = (answer.next_key_marker, answer.next_version_id_marker);
    }
}

#[tokio::test]
async fn objects_are_copied_and_deleted_many_at_once() -> Tested {
    let place = tempfile::tempdir()?;
    let server = start(place.path()).await?;
    let (store, amazon) = (client(&server)?, amazon(&server));
    store.put(&Path::from("a b.csv"), payload("x")).await?;
    store.copy(&Path::from("a b.csv"), &Path::from("copy.csv")).await?;
    assert_eq!(text(&store, &Path::from("copy.csv")).await?, "x");
    let named = |key: &str| ObjectIdentifier::builder().key(key).build();
    let both = Delete::builder().objects(named("a b.csv")?).objects(named("absent")?).build()?;
    let answer = amazon.delete_objects().bucket(BUCKET).delete(both).send().await?;
    assert_eq!((answer.deleted().len(), answer.errors().len()), (2, 0));
    assert_eq!(keys(&store, None, None).await?, ["copy.csv"]);
    Ok(())
}
