//! Listings, page by page.
//!
//! Invariant: a page says that it is truncated exactly when a further one would show something, and its token leads
//! there whatever was written meanwhile.

use s3s::dto::{
    ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
};
use s3s::{S3Result, s3_error};

use super::answers::Spelling;
use super::index::{Index, Version};
use super::listing::{Query, Step, Walk};

/// What S3 gives at once, asked for more or for nothing in particular.
const LARGEST_PAGE: i32 = 1000;

pub(super) fn objects(index: &Index, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), start(&input)?);
    let limit = limit(input.max_keys)?;
    let mut walk = Walk::new(&index.keys, &query, is_present);
    let steps: Vec<Step<'_>> = walk.by_ref().take(limit).collect();
    let last = steps.last().filter(|_| walk.next().is_some()).map(|step| step.marker().to_owned());
    let spelling = Spelling::new(input.encoding_type);
    let (contents, prefixes) = shown(&steps, &spelling);
    Ok(ListObjectsV2Output {
        key_count: Some((contents.len() + prefixes.len()) as i32),
        contents: Some(contents),
        common_prefixes: spelling.prefixes(&prefixes),
        is_truncated: Some(last.is_some()),
        next_continuation_token: last.as_deref().map(token_of),
        max_keys: Some(limit as i32),
        name: Some(input.bucket),
        prefix: Some(spelling.of(&query.prefix)),
        delimiter: input.delimiter.map(|it| spelling.of(&it)),
        start_after: input.start_after.map(|it| spelling.of(&it)),
        continuation_token: input.continuation_token,
        encoding_type: spelling.told(),
        ..ListObjectsV2Output::default()
    })
}

/// A page that shows nothing and is not the last one, as S3 may give: whoever asks has to go on from where he was.
pub(super) fn none(input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let spelling = Spelling::new(input.encoding_type.clone());
    Ok(ListObjectsV2Output {
        key_count: Some(0),
        is_truncated: Some(true),
        next_continuation_token: Some(token_of(&start(&input)?)),
        name: Some(input.bucket),
        prefix: input.prefix.map(|it| spelling.of(&it)),
        encoding_type: spelling.told(),
        ..ListObjectsV2Output::default()
    })
}

/// What a page begins after.
fn start(input: &ListObjectsV2Input) -> S3Result<String> {
    match &input.continuation_token {
        Some(token) => marker_of(token),
        None => Ok(input.start_after.clone().unwrap_or_default()),
    }
}

fn shown(steps: &[Step<'_>], spelling: &Spelling) -> (Vec<s3s::dto::Object>, Vec<String>) {
    let mut objects = Vec::new();
    let mut prefixes = Vec::new();
    for step in steps {
        match step {
            Step::CommonPrefix(prefix) => prefixes.push(prefix.clone()),
            Step::Key(key, versions) => objects.extend(
                versions
                    .last()
                    .and_then(|newest| Some(spelling.object(key, newest.modified, newest.content.as_ref()?))),
            ),
        }
    }
    (objects, prefixes)
}

/// Where in a listing of versions something stands.
#[derive(Debug, Clone)]
struct Place {
    key: String,
    version: Option<String>,
}

pub(super) fn versions(index: &Index, input: ListObjectVersionsInput) -> S3Result<ListObjectVersionsOutput> {
    let limit = limit(input.max_keys)?;
    let after = input.key_marker.clone().unwrap_or_default();
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), after.clone());
    let spelling = Spelling::new(input.encoding_type.clone());
    let mut rows =
        Rows { spelling: &spelling, limit, count: 0, last: None, output: ListObjectVersionsOutput::default() };
    if let Some(mark) = &input.version_id_marker {
        let rest = index.keys.get(&after).map_or(&[][..], |versions| older_than(versions, mark));
        rows.take_key(&after, rest, false);
    }
    for step in Walk::new(&index.keys, &query, |_| true) {
        if !rows.take(step) {
            break;
        }
    }
    let next = rows.last.take().filter(|_| rows.output.is_truncated == Some(true));
    Ok(ListObjectVersionsOutput {
        is_truncated: Some(next.is_some()),
        next_key_marker: next.as_ref().map(|place| spelling.of(&place.key)),
        next_version_id_marker: next.and_then(|place| place.version),
        max_keys: Some(limit as i32),
        name: Some(input.bucket),
        prefix: Some(spelling.of(&query.prefix)),
        delimiter: input.delimiter.map(|it| spelling.of(&it)),
        key_marker: Some(spelling.of(&after)),
        version_id_marker: input.version_id_marker,
        encoding_type: spelling.told(),
        ..rows.output
    })
}

/// The rows of a page of versions, until it is full.
struct Rows<'a> {
    spelling: &'a Spelling,
    limit: usize,
    count: usize,
    last: Option<Place>,
    output: ListObjectVersionsOutput,
}

impl Rows<'_> {
    /// Whether there is room for more.
    fn take(&mut self, step: Step<'_>) -> bool {
        match step {
            Step::Key(key, versions) => self.take_key(key, versions, true),
            Step::CommonPrefix(prefix) => {
                if !self.room() {
                    return false;
                }
                self.output
                    .common_prefixes
                    .get_or_insert_default()
                    .extend(self.spelling.prefixes(std::slice::from_ref(&prefix)).into_iter().flatten());
                self.last = Some(Place { key: prefix, version: None });
                true
            }
        }
    }

    /// The newest first; `whole` when the versions are all that the key has.
    fn take_key(&mut self, key: &str, versions: &[Version], whole: bool) -> bool {
        for (age, version) in versions.iter().rev().enumerate() {
            if !self.room() {
                return false;
            }
            let latest = whole && age == 0;
            match &version.content {
                None => {
                    let row = self.spelling.marker(key, version, latest);
                    self.output.delete_markers.get_or_insert_default().push(row);
                }
                Some(content) => {
                    let row = self.spelling.version(key, version, content, latest);
                    self.output.versions.get_or_insert_default().push(row);
                }
            }
            self.last = Some(Place { key: key.to_owned(), version: Some(version.id.clone()) });
        }
        true
    }

    fn room(&mut self) -> bool {
        let room = self.count < self.limit;
        self.count += usize::from(room);
        self.output.is_truncated = Some(!room);
        room
    }
}

fn older_than<'a>(versions: &'a [Version], id: &str) -> &'a [Version] {
    let position = versions.iter().position(|version| version.id == id);
    &versions[..position.unwrap_or_default()]
}

fn is_present(versions: &[Version]) -> bool {
    versions.last().is_some_and(|newest| newest.content.is_some())
}

fn query(prefix: Option<&str>, delimiter: Option<&str>, after: String) -> Query {
    Query { prefix: prefix.unwrap_or_default().to_owned(), delimiter: delimiter.unwrap_or_default().to_owned(), after }
}

fn limit(asked: Option<i32>) -> S3Result<usize> {
    let limit = asked.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
    usize::try_from(limit).map_err(|_| s3_error!(InvalidArgument, "Argument maxKeys must not be negative"))
}

/// Opaque to the asker, as S3's are.
fn token_of(marker: &str) -> String {
    hex::encode(marker)
}

fn marker_of(token: &str) -> S3Result<String> {
    let marker = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    marker.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// A page in the form of the first `ListObjects`, which goes on by a key and says so only with a delimiter.
pub(super) fn first_generation(page: ListObjectsV2Output, marker: Option<String>) -> ListObjectsOutput {
    let spelling = Spelling::new(page.encoding_type);
    let next = page.next_continuation_token.filter(|_| page.delimiter.is_some());
    let next = next.and_then(|token| marker_of(&token).ok());
    ListObjectsOutput {
        next_marker: next.map(|it| spelling.of(&it)),
        marker: Some(spelling.of(&marker.unwrap_or_default())),
        encoding_type: spelling.told(),
        name: page.name,
        prefix: page.prefix,
        max_keys: page.max_keys,
        is_truncated: page.is_truncated,
        contents: page.contents,
        common_prefixes: page.common_prefixes,
        delimiter: page.delimiter,
        ..ListObjectsOutput::default()
    }
}
