//! S3's operations over the store: each takes its input apart, asks the store, and says what it found.

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Bucket, BucketVersioningStatus,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CopyObjectResult,
    CopySource, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, DeletedObject, ETag, GetBucketLocationInput, GetBucketLocationOutput,
    GetBucketVersioningInput, GetBucketVersioningOutput, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Metadata,
    MetadataDirective, ObjectIdentifier, PutBucketVersioningInput, PutBucketVersioningOutput, PutObjectInput,
    PutObjectOutput, Range, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::answers;
use super::bucket::{Deleted, Found, Incoming};
use super::conditions::{ReadConditions, WriteConditions};
use super::faults::EmptyPage;
use super::index::{Headers, Versioning};
use super::object::{self, Received};
use super::pages;
use super::store::Store;

type Answer<T> = S3Result<S3Response<T>>;

/// The region that every client takes when it knows none.
const REGION: &str = "us-east-1";

#[derive(Debug)]
pub(super) struct Backend(pub(super) Arc<Store>);

#[async_trait::async_trait]
impl S3 for Backend {
    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        let buckets = self.0.buckets().into_iter().map(|bucket| Bucket {
            name: Some(bucket.name().to_owned()),
            creation_date: Some(answers::timestamp(bucket.read(|index| index.created))),
            ..Bucket::default()
        });
        answer(ListBucketsOutput { buckets: Some(buckets.collect()), ..ListBucketsOutput::default() })
    }

    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        let name = request.input.bucket;
        self.0.create_bucket(&name)?;
        answer(CreateBucketOutput { location: Some(format!("/{name}")) })
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.0.bucket(&request.input.bucket)?;
        answer(HeadBucketOutput { bucket_region: Some(REGION.to_owned()), ..HeadBucketOutput::default() })
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
        self.0.delete_bucket(&request.input.bucket)?;
        answer(DeleteBucketOutput::default())
    }

    /// Nothing said means the region without a constraint.
    async fn get_bucket_location(&self, request: S3Request<GetBucketLocationInput>) -> Answer<GetBucketLocationOutput> {
        self.0.bucket(&request.input.bucket)?;
        answer(GetBucketLocationOutput::default())
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Answer<GetBucketVersioningOutput> {
        let kept = self.0.bucket(&request.input.bucket)?.read(|index| index.versioning);
        let status = match kept {
            Versioning::Never => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        let status = status.map(BucketVersioningStatus::from_static);
        answer(GetBucketVersioningOutput { status, ..GetBucketVersioningOutput::default() })
    }

    async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> Answer<PutBucketVersioningOutput> {
        let status = request.input.versioning_configuration.status;
        let kept = match status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => return Err(s3_error!(IllegalVersioningConfigurationException, "Status is Enabled or Suspended")),
        };
        self.0.bucket(&request.input.bucket)?.keep_versions(kept)?;
        answer(PutBucketVersioningOutput::default())
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        let bucket = self.0.bucket(&request.input.bucket)?;
        if request.extensions.get::<EmptyPage>().is_some() {
            return answer(pages::none(request.input)?);
        }
        answer(bucket.read(|index| pages::objects(index, request.input))?)
    }

    async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        let bucket = self.0.bucket(&request.input.bucket)?;
        let marker = request.input.marker.clone();
        let page = bucket.read(|index| pages::objects(index, request.input.into()))?;
        answer(pages::first_generation(page, marker))
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Answer<ListObjectVersionsOutput> {
        let bucket = self.0.bucket(&request.input.bucket)?;
        answer(bucket.read(|index| pages::versions(index, request.input))?)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        let input = request.input;
        let bucket = self.0.bucket(&input.bucket)?;
        let (found, file) = bucket.open_file(&input.key, input.version_id.as_deref())?;
        ReadConditions::of_get(&input).judge(&found.content.etag, found.version.modified)?;
        let (range, told) = extent(input.range.as_ref(), found.content.size)?;
        let body = object::send(file, &range).await.map_err(s3s::S3Error::internal_error)?;
        let length = (range.end - range.start) as i64;
        answer(GetObjectOutput { body: Some(body), content_range: told, content_length: Some(length), ..got(found) })
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        let input = request.input;
        let found = self.0.bucket(&input.bucket)?.find(&input.key, input.version_id.as_deref())?;
        ReadConditions::of_head(&input).judge(&found.content.etag, found.version.modified)?;
        let (range, told) = extent(input.range.as_ref(), found.content.size)?;
        let got = got(found);
        let output = HeadObjectOutput {
            content_length: Some((range.end - range.start) as i64),
            accept_ranges: got.accept_ranges,
            content_type: got.content_type,
            content_encoding: got.content_encoding,
            e_tag: got.e_tag,
            last_modified: got.last_modified,
            metadata: got.metadata,
            version_id: got.version_id,
            ..HeadObjectOutput::default()
        };
        Ok(answers::partial(output, told.as_deref()))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let input = request.input;
        let bucket = self.0.bucket(&input.bucket)?;
        let received = object::receive(input.body, self.0.incoming()).await?;
        must_have_arrived(&received, input.content_md5.as_deref())?;
        let headers = headers(input.content_type, input.content_encoding, input.metadata);
        let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
        let found = bucket.put(input.key, incoming(received, headers), &conditions, self.0.clock.now())?;
        let e_tag = Some(answers::etag(&found.content));
        answer(PutObjectOutput { e_tag, version_id: found.told_id, ..PutObjectOutput::default() })
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        let input = request.input;
        let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "Name the source as bucket and key"));
        };
        let (source, file) = self.0.bucket(bucket)?.open_file(key, version_id.as_deref())?;
        let body = object::send(file, &(0..source.content.size)).await.map_err(s3s::S3Error::internal_error)?;
        let received = object::receive(Some(body), self.0.incoming()).await?;
        let replaced = input.metadata_directive.is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        let headers = if replaced {
            headers(input.content_type, input.content_encoding, input.metadata)
        } else {
            source.content.headers
        };
        let bucket = self.0.bucket(&input.bucket)?;
        let conditions = WriteConditions::default();
        let found = bucket.put(input.key, incoming(received, headers), &conditions, self.0.clock.now())?;
        answer(copied(found))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        let input = request.input;
        let bucket = self.0.bucket(&input.bucket)?;
        let deleted = bucket.delete(&input.key, input.version_id.as_deref(), self.0.clock.now())?;
        let delete_marker = deleted.marker.then_some(true);
        answer(DeleteObjectOutput { delete_marker, version_id: deleted.told_id, ..DeleteObjectOutput::default() })
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        let bucket = self.0.bucket(&request.input.bucket)?;
        let quiet = request.input.delete.quiet.unwrap_or_default();
        let mut rows = Vec::new();
        for named in request.input.delete.objects {
            let deleted = bucket.delete(&named.key, named.version_id.as_deref(), self.0.clock.now())?;
            rows.push(row(named, deleted));
        }
        let deleted = (!quiet).then_some(rows);
        answer(DeleteObjectsOutput { deleted, ..DeleteObjectsOutput::default() })
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let input = request.input;
        self.0.bucket(&input.bucket)?;
        let headers = headers(input.content_type, input.content_encoding, input.metadata);
        let id = self.0.uploads.begin(input.bucket.clone(), input.key.clone(), headers);
        answer(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        })
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        let input = request.input;
        self.0.uploads.must_know(&input.upload_id, &input.bucket, &input.key)?;
        let received = object::receive(input.body, self.0.incoming()).await?;
        must_have_arrived(&received, input.content_md5.as_deref())?;
        let e_tag = Some(ETag::Strong(hex::encode(received.md5)));
        self.0.uploads.keep(&input.upload_id, input.part_number, received)?;
        answer(UploadPartOutput { e_tag, ..UploadPartOutput::default() })
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let input = request.input;
        self.0.uploads.must_know(&input.upload_id, &input.bucket, &input.key)?;
        let parts = input.multipart_upload.and_then(|it| it.parts).unwrap_or_default();
        let whole = self.0.uploads.assemble(&input.upload_id, &parts, self.0.incoming()).await?;
        let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
        let bucket = self.0.bucket(&input.bucket)?;
        let found = bucket.put(input.key.clone(), whole, &conditions, self.0.clock.now())?;
        self.0.uploads.end(&input.upload_id);
        answer(CompleteMultipartUploadOutput {
            e_tag: Some(answers::etag(&found.content)),
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            version_id: found.told_id,
            ..CompleteMultipartUploadOutput::default()
        })
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let input = request.input;
        self.0.uploads.must_know(&input.upload_id, &input.bucket, &input.key)?;
        self.0.uploads.end(&input.upload_id);
        answer(AbortMultipartUploadOutput::default())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every operation ends with it")]
fn answer<T>(output: T) -> Answer<T> {
    Ok(S3Response::new(output))
}

/// Which bytes are asked for, and how an answer says so where they are not all.
fn extent(range: Option<&Range>, size: u64) -> S3Result<(std::ops::Range<u64>, Option<String>)> {
    let Some(range) = range else {
        return Ok((0..size, None));
    };
    let range = range.check(size)?;
    let told = format!("bytes {}-{}/{size}", range.start, range.end - 1);
    Ok((range, Some(told)))
}

/// What a get and a head say alike.
fn got(found: Found) -> GetObjectOutput {
    let Found { version, content, told_id } = found;
    let metadata: Metadata = content.headers.metadata.clone().into_iter().collect();
    GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        e_tag: Some(answers::etag(&content)),
        last_modified: Some(answers::timestamp(version.modified)),
        content_type: Some(content.headers.content_type.unwrap_or_else(|| "binary/octet-stream".to_owned())),
        content_encoding: content.headers.content_encoding,
        metadata: (!metadata.is_empty()).then_some(metadata),
        version_id: told_id,
        ..GetObjectOutput::default()
    }
}

fn copied(found: Found) -> CopyObjectOutput {
    let result = CopyObjectResult {
        e_tag: Some(answers::etag(&found.content)),
        last_modified: Some(answers::timestamp(found.version.modified)),
        ..CopyObjectResult::default()
    };
    CopyObjectOutput { copy_object_result: Some(result), version_id: found.told_id, ..CopyObjectOutput::default() }
}

fn headers(content_type: Option<String>, content_encoding: Option<String>, metadata: Option<Metadata>) -> Headers {
    Headers { content_type, content_encoding, metadata: metadata.unwrap_or_default().into_iter().collect() }
}

fn incoming(received: Received, headers: Headers) -> Incoming {
    Incoming { file: received.file, size: received.size, etag: hex::encode(received.md5), headers }
}

fn must_have_arrived(received: &Received, content_md5: Option<&str>) -> S3Result<()> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    match content_md5 {
        Some(told) if told != BASE64_STANDARD.encode(received.md5) => {
            Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."))
        }
        _ => Ok(()),
    }
}

/// A marker that came is told apart from one that went.
fn row(named: ObjectIdentifier, deleted: Deleted) -> DeletedObject {
    let asked_for = named.version_id.is_some();
    DeletedObject {
        key: Some(named.key),
        version_id: named.version_id,
        delete_marker: deleted.marker.then_some(true),
        delete_marker_version_id: deleted.told_id.filter(|_| deleted.marker || !asked_for),
    }
}
