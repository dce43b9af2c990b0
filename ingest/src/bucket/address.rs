//! Which bucket, prefix, region and server an address of S3 names.

use url::Url;

/// Where an address of S3 points.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct S3Place {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

impl S3Place {
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let path = url.path().trim_matches('/').to_owned();
        if url.scheme() == "s3" {
            return Some(Self { bucket: host.to_owned(), prefix: path, region: None, endpoint: None });
        }
        match host.strip_suffix(".amazonaws.com") {
            Some(service) => Self::of_amazon(service, &path),
            None => Self::of_other(url, &path),
        }
    }

    /// `name.s3.region`, `name.s3-region`, `name.s3`, or `s3.region` with the name first in the path.
    fn of_amazon(service: &str, path: &str) -> Option<Self> {
        let in_host = service.split_once(".s3").filter(|_| !service.starts_with("s3."));
        let (bucket, rest, prefix) = if let Some((bucket, rest)) = in_host {
            (bucket, rest, path)
        } else {
            let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
            (bucket, service.strip_prefix("s3")?, prefix)
        };
        let region = rest.trim_start_matches(['.', '-']);
        let region = (!region.is_empty()).then(|| region.to_owned());
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region,
            endpoint: None,
        })
    }

    fn of_other(url: &Url, path: &str) -> Option<Self> {
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let endpoint = Some(url.origin().ascii_serialization());
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region: None,
            endpoint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_s3_are_read() {
        let cases = [
            ("s3://bucket/a/b/", ("bucket", "a/b", None, None)),
            ("https://bucket.s3.eu-west-1.amazonaws.com/", ("bucket", "", Some("eu-west-1"), None)),
            ("https://my.bucket.s3.amazonaws.com/a", ("my.bucket", "a", None, None)),
            ("https://s3.us-west-2.amazonaws.com/bucket/a", ("bucket", "a", Some("us-west-2"), None)),
            ("http://127.0.0.1:9000/bucket/a", ("bucket", "a", None, Some("http://127.0.0.1:9000"))),
        ];
        for (address, (bucket, prefix, region, endpoint)) in cases {
            let place = S3Place::of(&Url::parse(address).unwrap()).unwrap();
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let expected = S3Place {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
                region: owned(region),
                endpoint: owned(endpoint),
            };
            assert_eq!(place, expected, "{address}");
        }
    }
}
