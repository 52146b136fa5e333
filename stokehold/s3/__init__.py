"""The S3 gateway: buckets and objects for every account, served to any S3 client."""
