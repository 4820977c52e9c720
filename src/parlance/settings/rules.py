"""What must hold between settings, beyond each one's own type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from parlance.settings.addresses import DEFAULT_DOOR, is_loopback, split_address
from parlance.settings.neo4j import broken_neo4j
from parlance.settings.schema import Settings

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@]+")


def broken_rules(settings: Settings) -> list[str]:
    """A sentence for each rule that the settings break."""
    rules = (_server, _workers, _accounts, _doors, _keys, _connections, _models, _budgets, _weknora, _storage, _graph)
    return [sentence for rule in rules for sentence in rule(settings)]


def _server(settings: Settings) -> Iterator[str]:
    server = settings.server
    if (server.tls_cert is None) != (server.tls_key is None):
        yield "server.tls_cert and server.tls_key go together; only one of them is set."
    if server.trusted_proxies:
        yield from _networks("server.trusted_proxies", server.trusted_proxies)
    chatqueue, weknora = settings.chatqueue.cors_origins, settings.weknora.cors_origins
    for key, origins in (("server", server.cors_origins), ("chatqueue", chatqueue), ("weknora", weknora)):
        for place, origin in enumerate(origins):
            if origin != "*" and not ORIGIN.fullmatch(origin):
                yield f"{key}.cors_origins[{place}] is not an origin such as `https://app.example.org`, nor `*`."


def _weknora(settings: Settings) -> Iterator[str]:
    drivers = [name.strip() for name in settings.weknora.retrieve_driver.split(",")]
    if any(name != "postgres" for name in drivers):
        yield (
            "weknora.retrieve_driver (RETRIEVE_DRIVER) is not postgres: Elasticsearch is not searched here. Leave it "
            "out or say postgres: documents are then indexed by Parlance itself, by words and vectors."
        )
    key = settings.weknora.tenant_aes_key
    if key is not None and len(key.reveal().encode()) not in (16, 24, 32):
        yield "weknora.tenant_aes_key (TENANT_AES_KEY) must have 16, 24 or 32 bytes."


def _storage(settings: Settings) -> Iterator[str]:
    """A bucket needs its address and a key."""
    storage = settings.storage
    s3, cos = storage.s3, storage.cos
    wanted = {
        "s3": {"endpoint": s3.endpoint, "bucket": s3.bucket, "key_id": s3.key_id, "secret_key": s3.secret_key},
        "cos": {"bucket": cos.bucket, "secret_id": cos.secret_id, "secret_key": cos.secret_key},
    }
    if storage.kind == "cos" and not (cos.region or cos.endpoint):
        yield "storage.kind is `cos`, so storage.cos.region must be set."
    for name, value in wanted.get(storage.kind, {}).items():
        if not value:
            yield f"storage.kind is `{storage.kind}`, so storage.{storage.kind}.{name} must be set."
    if storage.kind == "memory" and settings.server.workers > 1:
        yield "storage.kind is `memory`, which several processes cannot share."


def _graph(settings: Settings) -> Iterator[str]:
    yield from broken_neo4j(settings.knowledge.neo4j, settings.knowledge.graph)


def _workers(settings: Settings) -> Iterator[str]:
    """Several processes are one server only over a database and a Redis that they share."""
    if settings.server.workers == 1:
        return
    url, several = settings.database.url, "server.workers is more than 1:"
    if url is None or url.reveal().startswith("sqlite"):
        yield f"{several} several processes cannot share SQLite. Set database.url to PostgreSQL or MySQL."
    if settings.redis.url is None:
        yield f"{several} the processes need Redis or Valkey to behave as one. Set redis.url."
    if settings.data.ephemeral:
        yield f"{several} the processes share a data folder. Do without data.ephemeral."
    if any(door.address and split_address(door.address, "")[1] == 0 for door in settings.doors):
        yield f"{several} they listen at the same ports, so no door can have port 0."


def _accounts(settings: Settings) -> Iterator[str]:
    accounts, header = settings.accounts, settings.accounts.trusted_header
    yield from _twice("accounts.oidc", "name", (provider.name for provider in accounts.oidc))
    if accounts.oidc and accounts.public_url is None:
        yield "accounts.oidc needs accounts.public_url: providers must be told where to send browsers back to."
    for place, provider in enumerate(accounts.oidc):
        host = urlsplit(provider.issuer).hostname or ""
        if not provider.issuer.startswith("https://") and not is_loopback(host):
            yield f"accounts.oidc[{place}].issuer must begin with https://: who can change its answers can be anybody."
    if header.user is not None and not header.networks:
        yield "accounts.trusted_header.networks must name the proxies whose word counts."
    if header.networks:
        yield from _networks("accounts.trusted_header.networks", header.networks)


def _networks(key: str, networks: Iterable[str]) -> Iterator[str]:
    import ipaddress

    for place, network in enumerate(networks):
        try:
            ipaddress.ip_network(network)
        except ValueError:
            yield f"{key}[{place}] is neither an address nor a network such as `10.0.0.0/8`."


def _doors(settings: Settings) -> Iterator[str]:
    yield from _twice("doors", "name", (door.name for door in settings.doors))
    taken = [(settings.server.host, settings.server.port)]
    for door in settings.doors:
        if door.name == DEFAULT_DOOR:
            if door.address is not None:
                yield "doors: the door `default` has no address of its own; set server.host and server.port."
            continue
        if door.address is None:
            yield f"doors: the door {door.name!r} needs an address such as `:8081`."
            continue
        where = split_address(door.address, settings.server.host)
        if where[1] > 65535:
            yield f"doors: the door {door.name!r} has a port above 65535."
        if where in taken and where[1] != 0:
            yield f"doors: the door {door.name!r} has the address of another door, {door.address}."
        taken.append(where)


def _keys(settings: Settings) -> Iterator[str]:
    yield from _twice("keys", "name", (key.name for key in settings.keys))
    for shared, count in Counter(key.hash for key in settings.keys).items():
        if count > 1:
            names = ", ".join(sorted(key.name for key in settings.keys if key.hash == shared))
            yield f"keys: {names} have the same hash, so that nobody could tell who asks."


def _connections(settings: Settings) -> Iterator[str]:
    yield from _twice("connections", "name", (connection.name for connection in settings.connections))
    for connection in settings.connections:
        for header in connection.headers:
            if not HEADER_NAME.fullmatch(header):
                yield f"connections: {connection.name!r} has a header whose name is not one."


def _models(settings: Settings) -> Iterator[str]:
    for alias, name in settings.models.aliases.items():
        if not name or alias == name:
            yield f"models.aliases: {alias!r} must stand for another name."


def _budgets(settings: Settings) -> Iterator[str]:
    for place, budget in enumerate(settings.budgets):
        if budget.unit == "money" and budget.currency is None:
            yield f"budgets[{place}]: a budget of money needs a currency, such as `USD`."
    alike = Counter((b.subject, b.tenant, b.name, b.unit, b.period, b.currency) for b in settings.budgets)
    for (subject, _, name, unit, period, _), count in alike.items():
        if count > 1:
            yield f"budgets: the {unit} a {period} of the {subject} {name!r} are given {count} times."


def _twice(key: str, field: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{key}: the {field} {name!r} is given {count} times."
