"""The Redis and the database that WeKnora's configuration names.

Its Redis serves us too, since all our keys begin with a prefix of our own. Its database does not: it has tables of the
same names as ours with other columns, so that whoever comes over names a database that is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from parlance.settings.layers import Given, Origin, Variable
from parlance.settings.weknora_variables import is_marked
from parlance.values.extras import advice

REDIS = ("REDIS_ADDR", "REDIS_PORT", "REDIS_PASSWORD", "REDIS_DB")
"""What `redis.url` is made of."""
DATABASE = ("DB_DRIVER", "DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME")
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
NO_PLACE = "no host and port of a Redis, such as `redis:6379`; redis.url (REDIS_URL) takes any address"
NO_REDIS = "redis is not installed: "
IN_MEMORY = "STREAM_MANAGER_TYPE is memory, so no Redis is asked; redis.url (REDIS_URL) names one all the same"

Installed = Callable[[str], object]
"""Gives something of a package that is there, `None` of one that is not."""


def servers_given(
    variables: Mapping[str, Variable],
    givens: Sequence[Given],
    folder: Path,
    warnings: list[str],
    installed: Installed = find_spec,
) -> Iterator[Given]:
    """A Redis from its variables, where nothing else names one; what they mean for the database goes to the
    warnings. Nothing without one of WeKnora's marks, for others use these names too."""
    if not is_marked(variables):
        return
    said = {name: each.value.strip() for name, each in variables.items() if each.value.strip()}
    configured = {each.key for each in givens}
    if "database.url" not in configured and not said.keys().isdisjoint(DATABASE):
        warnings.append(_database(said))
    if "redis.url" in configured or "REDIS_ADDR" not in said:
        return
    if said.get("STREAM_MANAGER_TYPE", "").lower() == "memory":
        warnings.append(f"REDIS_ADDR is WeKnora's and has no effect here: {IN_MEMORY}.")
        return
    url = _url(said["REDIS_ADDR"], said.get("REDIS_PORT"), said.get("REDIS_PASSWORD"), said.get("REDIS_DB"))
    yield from _redis(url, "REDIS_ADDR", variables["REDIS_ADDR"].origin, folder, warnings, installed)


def redis_of_file(found: Mapping[str, Given], warnings: list[str]) -> Iterator[Given]:
    """The same from `stream_manager` of a `config.yaml`, which wants one where its type says so."""
    said = {key.removeprefix("stream_manager."): str(each.raw).strip() for key, each in found.items()}
    address = found.get("stream_manager.redis.address")
    if said.get("type", "").lower() != "redis" or address is None or not said["redis.address"]:
        return
    url = _url(said["redis.address"], None, said.get("redis.password"), said.get("redis.db"))
    yield from _redis(url, "stream_manager.redis.address", address.origin, address.folder, warnings)


def _url(place: str, port: str | None, password: str | None, database: str | None) -> str | None:
    """The address of a Redis; `None` where these are not host and port."""
    found = _PLACE.fullmatch(place)
    number = (found[2] if found else None) or port or "6379"
    if found is None or not re.fullmatch("[0-9]{1,5}", number) or not re.fullmatch("[0-9]{1,5}", database or "0"):
        return None
    secret = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{secret}{found[1]}:{number}/{database or 0}"


def _redis(
    url: str | None, name: str, origin: Origin, folder: Path, warnings: list[str], installed: Installed = find_spec
) -> Iterator[Given]:
    if url is None:
        warnings.append(f"{name} is ignored: {NO_PLACE}.")
    elif installed("redis") is None:
        warnings.append(f"{name} is ignored: {NO_REDIS}{advice('redis')}")
    else:
        yield Given("redis.url", url, origin, folder, text=True, alias=name)


def _database(said: Mapping[str, str]) -> str:
    """What to set instead of `DB_*`. Never says a password."""
    host = said.get("DB_HOST", "")
    place = host if _PLACE.fullmatch(host) else "HOST"
    port = said.get("DB_PORT", "5432")
    address = f"postgresql://{place}:{port if port.isdigit() else 5432}/parlance"
    return (
        "WeKnora's database (DB_HOST and its like) is not written to, for its tables have the names of Parlance's and "
        f"other columns. Set database.url (DATABASE_URL) to an empty database of its own, such as {address} with a "
        "user and what lets it in; without it Parlance keeps its state in its data folder."
    )
