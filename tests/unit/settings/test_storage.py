"""Where files are, by our names and by WeKnora's."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.settings.layers import SettingsError
from parlance.settings.load import Loaded, Sources, load

MINIO = {
    "STORAGE_TYPE": "minio",
    "MINIO_ENDPOINT": "minio:9000",
    "MINIO_ACCESS_KEY_ID": "id-of-a-test",
    "MINIO_SECRET_ACCESS_KEY": "word-of-a-test",
    "MINIO_BUCKET_NAME": "papers",
}
COS = {
    "STORAGE_TYPE": "cos",
    "COS_SECRET_ID": "id-of-a-test",
    "COS_SECRET_KEY": "word-of-a-test",
    "COS_REGION": "ap-guangzhou",
    "COS_BUCKET_NAME": "papers",
    "COS_APP_ID": "1250000000",
}


def read(folder: Path, toml: str = "", **env: str) -> Loaded:
    """Settings of a file and of variables."""
    (folder / "parlance.toml").write_text(toml)
    return load(Sources(env={"HOME": "/home/nobody", **env}, cwd=folder, platform="linux"))


def test_the_variables_of_minio_name_a_bucket(tmp_path: Path) -> None:
    """Without TLS unless they say so, and no secret is shown."""
    loaded = read(tmp_path, **MINIO, MINIO_PATH_PREFIX="kb")
    s3 = loaded.settings.storage.s3
    assert (loaded.settings.storage.kind, s3.endpoint, s3.tls, s3.bucket, s3.prefix) == (
        *("s3", "minio:9000", False, "papers", "kb"),
    )
    assert s3.secret_key is not None and s3.secret_key.reveal() == "word-of-a-test" and "word" not in repr(s3)
    assert read(tmp_path, **MINIO, MINIO_USE_SSL="true").settings.storage.s3.tls


def test_the_variables_of_cos_name_a_bucket(tmp_path: Path) -> None:
    """The number of the account may stand apart."""
    cos = read(tmp_path, **COS).settings.storage.cos
    assert (cos.bucket, cos.app_id, cos.region) == ("papers", "1250000000", "ap-guangzhou")
    strange = read(tmp_path, **{**COS, "COS_APP_ID": "mine"})
    assert strange.settings.storage.cos.app_id == "" and "COS_APP_ID" in " ".join(strange.warnings)


def test_files_may_be_in_another_folder_or_nowhere(tmp_path: Path) -> None:
    """`local` with its folder, and `dummy`."""
    told = read(tmp_path, STORAGE_TYPE="local", LOCAL_STORAGE_BASE_DIR="files")
    assert "keep its own files in files" in " ".join(told.warnings)
    local = told.settings.storage
    assert (local.kind, local.folder) == ("folder", str(tmp_path / "files"))
    assert read(tmp_path, STORAGE_TYPE="dummy").settings.storage.kind == "memory"


def test_another_kind_of_storage_is_told(tmp_path: Path) -> None:
    """A name that others use too stops nobody."""
    loaded = read(tmp_path, STORAGE_TYPE="tape")
    assert loaded.settings.storage.kind == "folder" and any("STORAGE_TYPE" in each for each in loaded.warnings)


def test_our_own_names_are_stronger(tmp_path: Path) -> None:
    assert read(tmp_path, **MINIO, PARLANCE_STORAGE_S3_BUCKET="ours").settings.storage.s3.bucket == "ours"


@pytest.mark.parametrize(
    ("toml", "missing"),
    [
        ('kind = "s3"', ("s3.endpoint", "s3.bucket", "s3.key_id", "s3.secret_key")),
        ('kind = "cos"', ("cos.region", "cos.bucket", "cos.secret_id", "cos.secret_key")),
    ],
)
def test_what_a_bucket_needs_is_asked_for(tmp_path: Path, toml: str, missing: tuple[str, ...]) -> None:
    """All of it in one go."""
    with pytest.raises(SettingsError) as failed:
        read(tmp_path, f"[storage]\n{toml}\n")
    assert all(f"storage.{each} must be set" in str(failed.value) for each in missing)


def test_what_several_processes_cannot_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="several processes cannot share"):
        read(tmp_path, '[storage]\nkind = "memory"\n[server]\nworkers = 2\n')
