"""Loads the settings: default < config.yaml < config.toml < parlance.toml < .env < environment < flag, with origins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from parlance.settings.addresses import is_loopback, parse_door
from parlance.settings.aliases import config_toml, from_variables
from parlance.settings.chatbot_file import Surroundings, completed
from parlance.settings.chatbot_variables import with_its_door
from parlance.settings.decode import BAD, Decoder, nearest
from parlance.settings.file import SettingsFile
from parlance.settings.folder import data_folder, expanded
from parlance.settings.layers import (
    DEFAULT,
    Given,
    Origin,
    SettingsError,
    Variable,
    from_environment,
    is_file,
    read_env_file,
)
from parlance.settings.rules import broken_rules
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.settings.server import Data
from parlance.settings.tree import ENV_PREFIX, Leaf, fields, is_struct, leaves, shape_of
from parlance.settings.weknora_file import Nearby, config_yaml
from parlance.settings.weknora_servers import servers_given

__all__ = ["CONFIG_VARIABLE", "FILE_NAME", "Loaded", "Origin", "SettingsError", "Sources", "load"]

FILE_NAME = "parlance.toml"
CONFIG_VARIABLE = "PARLANCE_CONFIG"
NO_SETTINGS = (CONFIG_VARIABLE, "PARLANCE_URL", "PARLANCE_API_KEY")
"""Variables of ours that are no settings: the file's name, and what the verbs of the command line are clients of."""
SYSTEM_CONFIG = Path("/etc/chatbot/config.toml")
T = TypeVar("T", bound=msgspec.Struct)

FLAG_NAMES = {"data.dir": "--data", "doors": "--door"}

# Kubernetes describes a service called `parlance` to every container in variables of these forms.
SERVICE_VARIABLE = re.compile(r"(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_[0-9]+_(TCP|UDP).*)?)")


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """All that settings are read from. `platform` is `sys.platform`; `env` the process's variables.

    `flags` go by dotted key (`{"server.port": 9000}`), as text or typed; None is not given. The flag for `doors`
    is a list of texts such as `ollama=:11434`, added to the doors of the file. `config` is the flag `--config`.
    """

    env: Mapping[str, str]
    cwd: Path
    platform: str
    flags: Mapping[str, object] = {}
    config: str | None = None
    system_config: Path = SYSTEM_CONFIG


class Loaded(msgspec.Struct, frozen=True):
    """The settings, where each value came from, what the log should say, and the file and `.env` that were read."""

    settings: Settings
    origins: dict[str, Origin]
    warnings: tuple[str, ...] = ()
    file: Path | None = None

    def origin(self, key: str) -> Origin:
        """Where the value of a dotted key came from."""
        return self.origins.get(key, DEFAULT)


def load(sources: Sources) -> Loaded:
    """Reads all layers. Raises SettingsError with every sentence there is to say; the caller exits with 78."""
    problems: list[str] = []
    warnings: list[str] = []
    known = {leaf.key: leaf for leaf in leaves()}
    dotenv = read_env_file(sources.cwd / ".env", problems, warnings)
    environment = from_environment(sources.env)
    variables = {**dotenv, **environment}
    file = _find_file(sources, variables, problems)
    givens = [
        *(SettingsFile(known, problems).read(file) if file else ()),
        *_from_variables(dotenv, sources.cwd, known, warnings),
        *_from_variables(environment, sources.cwd, known, warnings),
        *_from_flags(sources, known, problems),
    ]
    givens[:0] = _of_others(givens, sources, Nearby(sources.cwd, sources.env, variables, known, problems, warnings))
    values, origins = _merge(givens, known, sources.env, problems, warnings)
    if problems:
        raise SettingsError(problems)
    settings = _build(Settings, "", values)
    settings = _completed(settings, sources, variables, origins, problems, warnings)
    problems += broken_rules(settings)
    if problems:
        raise SettingsError(problems)
    return Loaded(settings, origins, tuple(warnings), file)


def _of_others(givens: list[Given], sources: Sources, near: Nearby) -> list[Given]:
    """What the files of other systems give, weaker than all that is ours."""
    below: list[Given] = []
    if _wants_config_toml(givens):
        named = near.variables["CONFIG_PATH"].value if "CONFIG_PATH" in near.variables else None
        places = (named, sources.cwd / "config.toml", sources.system_config)
        found = config_toml(places, near.problems, near.warnings)
        if found is not None:
            path, below = found
            near.warnings.append(_guest_warning(path))
    servers = servers_given(near.variables, [*below, *givens], near.folder, near.warnings)
    return [*config_yaml(givens, near), *servers, *below]


def _find_file(sources: Sources, variables: Mapping[str, Variable], problems: list[str]) -> Path | None:
    """The one parlance.toml that counts: named by flag or variable, else in the working or the data folder."""
    variable = variables.get(CONFIG_VARIABLE)
    named = sources.config or (variable.value if variable else "")
    if named:
        path = expanded(named, sources.cwd, sources.env)
        if is_file(path):
            return path
        problems.append(f"{'--config' if sources.config else CONFIG_VARIABLE} names {path}, which is not a file.")
        return None
    chosen = sources.flags.get("data.dir") or _value(variables, ENV_PREFIX + "DATA_DIR")
    folder = expanded(str(chosen), sources.cwd, sources.env) if chosen else data_folder(sources.env, sources.platform)
    places = [sources.cwd, *([folder] if folder else [])]
    return next((place / FILE_NAME for place in places if is_file(place / FILE_NAME)), None)


def _value(variables: Mapping[str, Variable], name: str) -> str | None:
    return variables[name].value if name in variables else None


def _from_variables(
    variables: Mapping[str, Variable], folder: Path, known: Mapping[str, Leaf], warnings: list[str]
) -> Iterator[Given]:
    """What one layer of variables gives: aliases first, since our own names are stronger."""
    yield from from_variables(variables, folder, warnings)
    ours = {leaf.env: leaf for leaf in known.values()}
    for name, variable in variables.items():
        if not name.startswith(ENV_PREFIX) or name in NO_SETTINGS or not variable.value.strip():
            continue
        if SERVICE_VARIABLE.fullmatch(name) and (name not in ours or "://" in variable.value):
            continue
        if name in ours:
            yield Given(ours[name].key, variable.value, variable.origin, folder, text=True)
        else:
            warnings.append(f"{variable.origin.place}: no setting has this name; it is ignored.{nearest(name, ours)}")


def _from_flags(sources: Sources, known: Mapping[str, Leaf], problems: list[str]) -> Iterator[Given]:
    for key, raw in sources.flags.items():
        if raw is None or (key == "doors" and not raw):
            continue
        flag = FLAG_NAMES.get(key, "--" + key.rsplit(".", 1)[-1].replace("_", "-"))
        if key in known:
            yield Given(key, raw, Origin("flag", flag), sources.cwd, text=True)
        else:
            problems.append(f"{flag}: {key} is not a setting.{nearest(key, known)}")


def _wants_config_toml(givens: list[Given]) -> bool:
    """Whether our own layers leave the reading of a config.toml on; its text is decoded again with the others."""
    said = [given.raw for given in givens if given.key == "discovery.config_toml"]
    return not said or str(said[-1]).strip().lower() not in ("false", "0", "no", "off")


def _merge(
    givens: list[Given], known: Mapping[str, Leaf], env: Mapping[str, str], problems: list[str], warnings: list[str]
) -> tuple[dict[str, object], dict[str, Origin]]:
    """The strongest value of each key, typed. A weaker value that is wrong is an error all the same."""
    values: dict[str, object] = {}
    winners: dict[str, Given] = {}
    for given in givens:
        if given.key == "doors" and given.origin.layer == "flag":
            value: object = _with_doors(values.get("doors", ()), given.raw, problems)
        else:
            decoder = Decoder(given.where, problems, text=given.text)
            value = decoder.value(given.key, known[given.key].annotation, given.raw)
        if value is BAD:
            continue
        if isinstance(value, str) and (shape_of(known[given.key].annotation).meta.extra or {}).get("path"):
            value = str(expanded(value, given.folder, env))
        values[given.key] = value
        winners[given.key] = given
    host = winners.get("server.host")
    if host and host.alias and not is_loopback(str(host.raw)):
        warnings.append(
            f"{host.origin.place}: {host.alias} opens the server to other machines, at {values['server.host']}. "
            f"Set server.host in {FILE_NAME} to say where it shall listen."
        )
    origins = {key: given.origin for key, given in winners.items()}
    for given in winners.values():
        origins |= given.lines
    return values, origins


def _with_doors(doors: object, raw: object, problems: list[str]) -> object:
    """The file's doors and those of flags; a flag's door takes the place of one with its name."""
    merged = {door.name: door for door in doors} if isinstance(doors, tuple) else {}
    for text in raw if isinstance(raw, list | tuple) else [raw]:
        try:
            door = parse_door(str(text))
        except SettingsError as error:
            problems += [f"--door: {sentence}" for sentence in error.sentences]
            continue
        merged[door.name] = door
    return tuple(merged.values())


def _build(struct: type[T], prefix: str, values: Mapping[str, object]) -> T:
    """A struct of the tree from the flat values below its prefix."""
    given: dict[str, object] = {}
    for field in fields(struct):
        key = prefix + field.key
        if is_struct(field.annotation):
            given[field.key] = _build(field.annotation, key + ".", values)
        elif key in values:
            given[field.key] = values[key]
    return struct(**given)


def _completed(
    settings: Settings,
    sources: Sources,
    variables: Mapping[str, Variable],
    origins: dict[str, Origin],
    problems: list[str],
    warnings: list[str],
) -> Settings:
    """Fills in what follows from other settings: the data folder, a configured Ollama, keys held in variables."""
    data, chatqueue = settings.data, settings.chatqueue
    data = _placed(data, sources, problems)
    if chatqueue.api_url is not None and "chatqueue.configured" not in origins:
        chatqueue = msgspec.structs.replace(chatqueue, configured=True)
        origins["chatqueue.configured"] = origins["chatqueue.api_url"]
    held = _Held(sources.cwd, variables, origins, problems, warnings)
    connections = held.put_into(settings.connections, "connections", "api_key", "The connection {!r} has no key")
    accounts = settings.accounts
    providers = held.put_into(accounts.oidc, "accounts.oidc", "client_secret", "The provider {!r} has no secret")
    accounts = msgspec.structs.replace(accounts, oidc=providers)
    around = Surroundings(sources.cwd, variables, origins, warnings)
    settings = msgspec.structs.replace(settings, data=data, chatqueue=chatqueue, chatbot=completed(settings, around))
    settings = with_its_door(settings, around)
    return msgspec.structs.replace(settings, connections=connections, accounts=accounts)


class _Held(NamedTuple):
    """Secrets that variables hold whose names stand in the settings, so that no file has to."""

    folder: Path
    variables: Mapping[str, Variable]
    origins: dict[str, Origin]
    problems: list[str]
    warnings: list[str]

    def put_into(self, items: Sequence[T], key: str, field: str, missing: str) -> tuple[T, ...]:
        """The items of a list of tables, each with its secret in `field`, if `<field>_env` names a variable."""
        found = list(items)
        one: Any
        for place, one in enumerate(items):
            name: str | None = getattr(one, f"{field}_env")
            if getattr(one, field) is not None or name is None:
                continue
            variable = self.variables.get(name)
            if variable is None or not variable.value.strip():
                self.warnings.append(f"{missing.format(one.name)}: the variable {name} is not set.")
                continue
            where = Given(name, "", variable.origin, self.folder).where
            secret = Decoder(where, self.problems).value(name, Secret, variable.value)
            found[place] = msgspec.structs.replace(one, **{field: secret})
            self.origins[f"{key}[{place}].{field}"] = variable.origin
        return tuple(found)


def _placed(data: Data, sources: Sources, problems: list[str]) -> Data:
    """With its folder; without one where nothing shall be written, also if the environment names one."""
    if data.ephemeral or data.dir is not None:
        return msgspec.structs.replace(data, dir=None) if data.ephemeral else data
    folder = data_folder(sources.env, sources.platform)
    if folder is None:
        problems.append("There is no home to keep data in. Set PARLANCE_DATA_DIR, or start with --ephemeral.")
    return msgspec.structs.replace(data, dir=str(folder))


def _guest_warning(path: Path) -> str:
    return (
        f"{path} is a chatqueue configuration, and that system knows no keys: callers without credentials are the "
        "guest `chatqueue` in its dialect. Set discovery.config_toml = false to leave it unread."
    )
