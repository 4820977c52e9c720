"""`show` prints what `ollama show` prints; the expected texts follow the tests of Ollama's own command line."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.cli.description import described
from parlance.cli.tables import table, width

DETAILS = {"family": "test", "parameter_size": "7B", "quantization_level": "FP16"}
BARE = ["  Model", "    architecture    test    ", "    parameters      7B      ", "    quantization    FP16    ", ""]


def show(verbose: bool = False, **answer: Any) -> list[str]:
    """The lines for an answer with the usual details."""
    return list(described({"details": DETAILS, **answer}, verbose))


def test_bare_details_make_one_section() -> None:
    """Without metadata the family is the architecture."""
    assert show() == BARE


def test_metadata_tells_lengths() -> None:
    """Context and embedding length come with it, zero too."""
    info = {"general.architecture": "test", "test.context_length": 131072, "test.embedding_length": 0}
    assert show(model_info=info)[1:6] == [
        "    architecture        test      ",
        "    parameters          7B        ",
        "    context length      131072    ",
        "    embedding length    0         ",
        "    quantization        FP16      ",
    ]


def test_parameters_are_counted_where_no_size_is_told() -> None:
    """From the metadata; what nobody knows has no line."""
    lines = list(described({"model_info": {"general.parameter_count": 7_000_000_000}}))
    assert lines[:3] == ["  Model", "    parameters    7B    ", ""]
    assert list(described({"model_info": {"general.architecture": "x"}}))[1] == "    architecture    x    "


def test_a_model_elsewhere_says_where() -> None:
    """And what it needs."""
    lines = show(remote_host="http://there:80", remote_model="big", requires="0.19.0")
    assert [line.split() for line in lines[1:3]] == [["Remote", "model", "big"], ["Remote", "URL", "http://there:80"]]
    assert lines[6].split() == ["requires", "0.19.0"]


def test_every_section_has_its_place() -> None:
    """Capabilities, projector, parameters, system, license, in that order; long texts show their first two lines."""
    projector = {
        "general.architecture": "clip",
        "general.parameter_count": 133_700_000,
        "clip.vision.projection_dim": 0,
    }
    lines = show(
        capabilities=["vision", "tools"],
        projector_info={**projector, "clip.audio.embedding_length": 7},
        parameters="\n  stop never\n  temperature 99",
        system="You are a pirate!\nAhoy, matey!\n\nWeigh anchor!\n ",
        license="MIT License\nCopyright",
    )
    assert lines[5:] == [
        "  Capabilities",
        "    vision    ",
        "    tools     ",
        "",
        "  Projector",
        "    architecture        clip       ",
        "    parameters          133.70M    ",
        "    embedding length    7          ",
        "    dimensions          0          ",
        "",
        "  Parameters",
        "    stop           never    ",
        "    temperature    99       ",
        "",
        "  System",
        "    You are a pirate!    ",
        "    Ahoy, matey!         ",
        "    ...                  ",
        "",
        "  License",
        "    MIT License    ",
        "    Copyright      ",
        "",
    ]


def test_a_projector_may_say_little() -> None:
    """Then little is shown."""
    assert show(projector_info={"clip.x": 1}) == BARE
    assert show(projector_info={"general.architecture": "clip"})[6] == "    architecture    clip    "


def test_verbose_tells_all_metadata_and_tensors() -> None:
    """Numbers as Go writes them, long lists by their beginning."""
    info = {
        "general.architecture": "test",
        "general.parameter_count": 8_000_000_000,
        "test.context_length": 11434,
        "test.epsilon": 1e-05,
        "test.half": 0.5,
        "test.zero": 0,
        "some.true_bool": True,
        "some.none": None,
        "some.table": {"a": 1},
        "tokens": ["a", "bb", "ccccccccc", "d"],
        "short": [1, 2],
    }
    tensors = [{"name": "blk.0", "type": "BF16", "shape": [42, 3117]}]
    lines = show(True, model_info=info, tensors=tensors)
    found = {
        line.split()[0]: line.split(None, 1)[1].rstrip()
        for line in lines[lines.index("  Metadata") + 1 :]
        if line.startswith("    ")
    }
    assert found["general.parameter_count"] == "8e+09"
    assert found["test.context_length"] == "11434"
    assert found["test.epsilon"] == "1e-05"
    assert found["test.half"] == "0.5"
    assert found["test.zero"] == "0"
    assert found["some.true_bool"] == "true"
    assert found["some.none"] == "<nil>"
    assert found["some.table"] == "map[string]interface {}"
    assert found["tokens"] == "[a bb ...+2 more]"
    assert found["short"] == "[1 2]"
    assert found["blk.0"] == "BF16    [42 3117]"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("模型", 4), ("e\u0301", 1), ("é", 1)])
def test_width_is_what_a_terminal_shows(text: str, columns: int) -> None:
    """Wide characters take two columns, combining ones none."""
    assert width(text) == columns


def test_columns_line_up_under_wide_names() -> None:
    """A row that is short is filled up; no rows are no lines."""
    assert table([["NAME", "SIZE"], ["模型", "1 B"], ["x"]]) == [
        "NAME    SIZE    ",
        "模型    1 B     ",
        "x               ",
    ]
    assert table([]) == []
