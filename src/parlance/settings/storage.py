"""Settings of where the bytes of files and documents are."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from parlance.settings.secret import Secret
from parlance.settings.server import PATH

_BUCKET = {"shape": "3 to 63 lower-case letters, digits, `.` and `-`"}
_NAME = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"


class S3(Struct, frozen=True, forbid_unknown_fields=True):
    """A bucket of S3, or of a store that speaks its protocol: MinIO, Ceph, R2, Garage."""

    endpoint: (
        Annotated[
            str,
            Meta(
                pattern=r"^(https?://)?[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$",
                extra={"shape": "an address such as `https://s3.example.com` or `minio:9000`"},
                description="Where the store is.",
            ),
        ]
        | None
    ) = None
    tls: Annotated[bool, Meta(description="Whether an `endpoint` without `https://` or `http://` has TLS.")] = False
    bucket: Annotated[str, Meta(pattern=_NAME, extra=_BUCKET, description="Its name.")] | None = None
    region: Annotated[
        str, Meta(pattern=r"^[a-z0-9-]{1,64}$", description="Its region; what is not Amazon's takes the usual one.")
    ] = "us-east-1"
    key_id: Annotated[Secret, Meta(description="The access key.")] | None = None
    secret_key: Annotated[Secret, Meta(description="The secret key that belongs to it.")] | None = None
    prefix: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9/_.-]{0,200}$", description="Stands before the name of every object.")
    ] = ""
    path_style: Annotated[
        bool, Meta(description="Whether the bucket is in the path of addresses, and not in the name of the host.")
    ] = True
    create_bucket: Annotated[bool, Meta(description="Whether a bucket that is not there is made.")] = False


class Cos(Struct, frozen=True, forbid_unknown_fields=True):
    """A bucket of Tencent Cloud's object storage."""

    bucket: Annotated[str, Meta(pattern=_NAME, extra=_BUCKET, description="Its name, `name-appid`.")] | None = None
    app_id: Annotated[
        str, Meta(pattern=r"^[0-9]{0,20}$", description="The number behind the name, where `bucket` lacks it.")
    ] = ""
    region: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$", description="Its region.")] | None = None
    secret_id: Annotated[Secret, Meta(description="The id of the key.")] | None = None
    secret_key: Annotated[Secret, Meta(description="The key.")] | None = None
    prefix: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9/_.-]{0,200}$", description="Stands before the name of every object.")
    ] = ""
    endpoint: (
        Annotated[
            str,
            Meta(
                pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$",
                extra={"shape": "an address such as `https://cos.example.com`"},
                description="Another address than Tencent Cloud's, with the bucket in its path.",
            ),
        ]
        | None
    ) = None


class Storage(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the bytes of files and documents are. What is there stays there: changing this moves nothing."""

    kind: Annotated[
        Literal["folder", "memory", "s3", "cos"],
        Meta(
            description="`folder` of this machine, `s3` and `cos` for buckets that several hosts share, or `memory`, "
            "which forgets."
        ),
    ] = "folder"
    folder: Annotated[str, Meta(extra=PATH, description="Another folder than `blobs` in the data folder.")] | None = (
        None
    )
    in_backups: Annotated[
        bool, Meta(description="Whether backups hold what is in a bucket; the database's part they always hold.")
    ] = True
    s3: S3 = S3()
    cos: Cos = Cos()
