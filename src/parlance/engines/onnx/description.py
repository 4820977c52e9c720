"""How a model of a folder embeds: told by `embedder.json`, else by the configs that its authors put beside the weights.

What is read is what sentence-transformers writes (`modules.json`, `1_Pooling/config.json`, `sentence_bert_config.json`,
`config_sentence_transformers.json`) and what transformers does (`config.json`, `tokenizer_config.json`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from parlance.values.errors import Fault, Kind

FILE = "embedder.json"
USUAL_CONTEXT = 512
MOST_CONTEXT = 2048
"""Tokens that are read of a text unless somebody asks for more: what attention takes grows with their square."""
_OFFSET = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet"})
"""Kinds of models whose table of positions has two that no token gets."""
_KNOWN_MODULES = frozenset({"Transformer", "Pooling", "Normalize"})
_MODES = {"mean_tokens": "mean", "cls_token": "cls", "mean": "mean", "cls": "cls"}
Pooling = Literal["mean", "cls"]
T = TypeVar("T")


class Description(msgspec.Struct, frozen=True):
    """`context` are the tokens that are read of a text, `query` and `passage` what is written before one, `dimensions`
    how long a vector is (0: nobody has tried)."""

    pooling: Pooling = "mean"
    normalize: bool = True
    query: str = ""
    passage: str = ""
    context: int = USUAL_CONTEXT
    dimensions: int = 0


class Said(msgspec.Struct, frozen=True):
    """What somebody says of a model, in place of what its files do."""

    pooling: Pooling | None = None
    normalize: bool | None = None
    query: str | None = None
    passage: str | None = None
    context: int | None = None


class _Module(msgspec.Struct, frozen=True):
    type: str
    path: str = ""

    @property
    def name(self) -> str:
        return self.type.rpartition(".")[2]


class _Sentences(msgspec.Struct, frozen=True):
    max_seq_length: float | None = None


class _Words(msgspec.Struct, frozen=True):
    model_max_length: float | None = None


class _Prompts(msgspec.Struct, frozen=True):
    prompts: dict[str, str | None] = {}


class _Config(msgspec.Struct, frozen=True):
    architectures: list[str] | None = None
    model_type: str = ""
    max_position_embeddings: int | None = None
    pad_token_id: int | None = None


def described(folder: Path) -> Description:
    """How the model of a folder embeds. Raises `Fault(unsupported)` where nothing here can."""
    return _read(folder, FILE, Description) or from_configs(folder, Said())


def from_configs(folder: Path, said: Said) -> Description:
    """What its own files tell, where nobody says otherwise. Raises `Fault(unsupported)`."""
    modules = _read(folder, "modules.json", list[_Module])
    prompts = (_read(folder, "config_sentence_transformers.json", _Prompts) or _Prompts()).prompts
    pooling = said.pooling or _pooling(folder, modules or [])
    own_normal = modules is None or any(module.name == "Normalize" for module in modules)
    return Description(
        pooling,
        own_normal if said.normalize is None else said.normalize,
        _first(prompts, "query", "search_query") if said.query is None else said.query,
        _first(prompts, "document", "passage", "search_document") if said.passage is None else said.passage,
        _context(folder, said.context),
    )


def is_embedder(folder: Path) -> bool:
    """Whether the files beside a graph say that it embeds, and does not judge pairs."""
    names = (_read(folder, "config.json", _Config) or _Config()).architectures or []
    if any(name.endswith("ForSequenceClassification") for name in names):
        return False
    told = ("modules.json", "1_Pooling/config.json", "config_sentence_transformers.json", FILE)
    return bool(names) or any((folder / name).is_file() for name in told)


def padding(folder: Path) -> int:
    """The token that fills what a text leaves of its row."""
    return (_read(folder, "config.json", _Config) or _Config()).pad_token_id or 0


def unfit(why: str, hint: str) -> Fault:
    """The fault of a model that is there and cannot be used; `hint` is the way on."""
    return Fault(Kind.unsupported, f"This model cannot embed texts: {why}.", hint=hint, code="unfit_embedder")


def _pooling(folder: Path, modules: list[_Module]) -> Pooling:
    if more := [module.name for module in modules if module.name not in _KNOWN_MODULES]:
        hint = "Choose another; or where its graph holds that layer, say how it pools (--pooling mean)."
        raise unfit(f"a layer of its own comes after the graph ({', '.join(more)})", hint)
    path = next((module.path for module in modules if module.name == "Pooling"), "1_Pooling")
    told = _read(folder, f"{path}/config.json", dict[str, object]) or {}
    modes = [name.removeprefix("pooling_mode_") for name, on in told.items() if name.startswith("pooling_mode_") and on]
    if isinstance(named := told.get("pooling_mode"), str):
        modes.append(named)
    match [_MODES.get(mode) for mode in modes] or ["mean"]:
        case ["mean"]:
            return "mean"
        case ["cls"]:
            return "cls"
    raise unfit(f"it pools by {' and '.join(modes)}", "Choose one that pools by mean or cls, or say --pooling.")


def _context(folder: Path, wanted: int | None) -> int:
    config = _read(folder, "config.json", _Config) or _Config()
    places = config.max_position_embeddings
    if places is not None and config.model_type in _OFFSET:
        places -= 2
    if wanted is not None:
        if places is not None and not 0 < wanted <= places:
            raise unfit(f"it reads {places} tokens at most, not {wanted}", f"Say --max-length {places} or less.")
        return wanted
    own = (_read(folder, "sentence_bert_config.json", _Sentences) or _Sentences()).max_seq_length
    own = own or (_read(folder, "tokenizer_config.json", _Words) or _Words()).model_max_length
    bounds = [bound for bound in (own, places) if bound is not None and bound > 0]
    return int(min([*bounds, MOST_CONTEXT])) if bounds else USUAL_CONTEXT


def _first(prompts: dict[str, str | None], *names: str) -> str:
    return next((found for name in names if (found := prompts.get(name))), "")


def _read(folder: Path, name: str, type: type[T]) -> T | None:
    """A file as it should be; `None` where it is not there."""
    path = folder / name
    # What a file names is looked for in its own folder only.
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=type)
    except (OSError, msgspec.DecodeError) as error:
        raise unfit(f"{name} cannot be read ({error})", "Fetch it anew by `parlance pull`, or mend the file.") from None
