"""The part of Go's templates that a `context_template` may use: what it says, and that no text can do harm."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.weknora.go_template import MOST_TEMPLATE, layout
from parlance.values.errors import Fault, Kind
from parlance.values.grounds import Each, Layout, Slot, Words

SAID = {"CurrentTime": "2026-01-02 03:04:05", "CurrentWeek": "星期五"}
PASSAGES = ("<one> & 'two'", "three")


def put(made: Layout, passages: tuple[str, ...] = PASSAGES, query: str = "Q?") -> str:
    """What a layout says of these."""
    out = []
    for part in made:
        if isinstance(part, Each):
            out += ["".join(p.text if isinstance(p, Words) else text for p in part.parts) for text in passages]
        else:
            out.append(part.text if isinstance(part, Words) else query)
    return "".join(out)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain } { text", "plain } { text"),
        ("{{.Query}} at {{ .CurrentTime }}, {{.CurrentWeek}}", "Q? at 2026-01-02 03:04:05, 星期五"),
        ("{{range .Contexts}}[{{.}}]{{end}}", "[<one> & 'two'][three]"),
        ("{{range $i, $c := .Contexts}}- {{$c}}\n{{end}}", "- <one> & 'two'\n- three\n"),
        ("{{range .Contexts}}{{.}}@{{$.CurrentWeek}} {{else}}none{{end}}", "<one> & 'two'@星期五 three@星期五 "),
        ("a {{- .Query -}}  b", "aQ?b"),
        ("a\n{{- /* nothing */ -}}\n b{{/* more */}}", "ab"),
        ("{{if .Contexts}}yes{{else}}no{{end}}", "yes"),
        ("{{if not .Query}}no{{else if .CurrentTime}}time{{else}}x{{end}}", "time"),
        ("{{if and .Query .Contexts}}both{{end}}{{if or .Query .Contexts}}any{{end}}", "bothany"),
        ('{{"{{"}}{{`}}`}}{{"\\n"}}', "{{}}\n"),
        ("{{range .Contexts}}{{if .}}{{.}};{{end}}{{end}}", "<one> & 'two';three;"),
    ],
)
def test_a_template_says_what_it_says_in_go(template: str, text: str) -> None:
    """And nothing of a passage is escaped."""
    assert put(layout(template, SAID)) == text


@pytest.mark.parametrize(
    "template",
    [
        *("{{", "{{.Query", "{{.Foo}}", "{{}}", "{{end}}", "{{else}}", "{{range .Contexts}}", "{{if .Query}}a{{else}}"),
        *("{{.Contexts}}", "{{range .Query}}{{end}}", "{{range .Contexts}}{{.Query}}{{end}}", "{{.}}", "{{if}}{{end}}"),
        *('{{printf "%s" .Query}}', "{{.Query | html}}", '{{define "x"}}{{end}}', "{{with .Query}}{{end}}"),
        *("{{range .Contexts}}{{range .Contexts}}{{end}}{{end}}", "{{if not}}a{{end}}", "{{$x}}", "{{/* open"),
        "{{if .Query}}" * 30 + "{{end}}" * 30,
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(template: str) -> None:
    """In a sentence for whoever wrote it."""
    with pytest.raises(Fault) as refused:
        layout("one\n" + template, SAID)
    assert (refused.value.kind, refused.value.code) == (Kind.invalid, "bad_template")
    assert "line 2" in refused.value.message


@given(st.text(st.sampled_from('{}.-$|"`/* \nQueryCotxsrangeifld'), max_size=60))
def test_any_text_is_a_layout_or_a_refusal(template: str) -> None:
    """Never another error."""
    try:
        made = layout(template, SAID)
    except Fault as fault:
        assert fault.kind is Kind.invalid
    else:
        assert isinstance(put(made), str)


@given(st.text(max_size=200).filter(lambda text: "{{" not in text), st.text(max_size=50))
def test_what_is_no_action_stands_as_it_is(text: str, query: str) -> None:
    """Whatever the question holds, even actions."""
    made = layout(text + "{{.Query}}", SAID) if not text.endswith("{") else layout(text, SAID)
    assert put(made, query=query) == text + (query if not text.endswith("{") else "")


@given(st.lists(st.text(max_size=20), max_size=5).map(tuple))
def test_each_passage_stands_once_and_whole(passages: tuple[str, ...]) -> None:
    """In its place."""
    made = layout("{{range .Contexts}}<{{.}}>{{end}}", SAID)
    assert made == (Each((Words("<"), Slot("passage"), Words(">"))),)
    assert put(made, passages) == "".join(f"<{each}>" for each in passages)


@pytest.mark.parametrize("piece", ["{{", "{{/*", "{{if .Query}}", "{{end}}", "{{- ", '{{"', "{{.Query}}", "{", "{{$"])
def test_a_hostile_template_costs_little(piece: str) -> None:
    """As long as one may be; a longer one is not looked at."""
    begun = time.monotonic()
    for length in (MOST_TEMPLATE, MOST_TEMPLATE * 100):
        try:
            layout((piece * length)[:length], SAID)
        except Fault as fault:
            assert fault.kind is Kind.invalid
    assert time.monotonic() - begun < 5
