"""WeKnora's variables of where files are."""

from __future__ import annotations

import re

STORAGE = {
    "STORAGE_TYPE": "storage.kind",
    "LOCAL_STORAGE_BASE_DIR": "storage.folder",
    "MINIO_ENDPOINT": "storage.s3.endpoint",
    "MINIO_USE_SSL": "storage.s3.tls",
    "MINIO_ACCESS_KEY_ID": "storage.s3.key_id",
    "MINIO_SECRET_ACCESS_KEY": "storage.s3.secret_key",
    "MINIO_BUCKET_NAME": "storage.s3.bucket",
    "MINIO_PATH_PREFIX": "storage.s3.prefix",
    "COS_SECRET_ID": "storage.cos.secret_id",
    "COS_SECRET_KEY": "storage.cos.secret_key",
    "COS_REGION": "storage.cos.region",
    "COS_BUCKET_NAME": "storage.cos.bucket",
    "COS_APP_ID": "storage.cos.app_id",
    "COS_PATH_PREFIX": "storage.cos.prefix",
}
KINDS = {"local": "folder", "minio": "s3", "cos": "cos", "dummy": "memory"}


def storage_value(name: str, value: str, warnings: list[str]) -> str | None:
    """The value in our terms; None with a warning for one that this name cannot have."""
    if name == "STORAGE_TYPE":
        if value.lower() not in KINDS:
            warnings.append("STORAGE_TYPE is none of local, minio, cos and dummy; it is ignored.")
        return KINDS.get(value.lower())
    if name == "MINIO_USE_SSL":
        return "true" if value.lower() in ("1", "t", "true", "yes") else "false"
    if name == "LOCAL_STORAGE_BASE_DIR":
        warnings.append(
            f"LOCAL_STORAGE_BASE_DIR has this server keep its own files in {value}. Where only "
            "`parlance import weknora` is to read that folder, start the server without it."
        )
    if name == "COS_APP_ID" and not re.fullmatch("[0-9]{1,20}", value):
        warnings.append("COS_APP_ID is no number; it is ignored.")
        return None
    return value
