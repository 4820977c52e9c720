"""`parlance evaluate`: how well a knowledge base is searched, by a set of questions, and if another way does better."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
import msgspec

from parlance.cli import bases, evaluation_corpus, output
from parlance.cli.client import Client, connected, printable
from parlance.cli.completion import bases as base_names
from parlance.cli.exits import Exit, Failure
from parlance.cli.figures import counted
from parlance.cli.pages import PREFIX, every
from parlance.cli.question_sets import questions
from parlance.cli.remarks import clause
from parlance.cli.tables import table
from parlance.values.evaluations import CORPUS_ID, SearchSetting

POLL_SECONDS = 0.5
OVER = ("done", "failed", "stopped")
SURE = 0.05
"""The p below which a difference counts as one."""
FEWEST = 6
"""Questions that can show one: five coins that fall on one side do so in 1 of 16 throws."""


@click.command("evaluate")
@click.argument("base", shell_complete=base_names)
@click.option("--set", "file", type=click.Path(path_type=Path, exists=True), help="JSONL, CSV, or a BEIR folder.")
@click.option("--split", default="test", show_default=True, help="Of a BEIR folder: which judgements.")
@click.option("--index", "index", is_flag=True, help="Put the corpus of the BEIR folder into BASE first.")
@click.option("--create", is_flag=True, help="With --index: make BASE if there is none of that name.")
@click.option("--again", metavar="ID", help="Take the set of this evaluation in place of --set.")
@click.option("--with", "one", metavar="SETTING", default="", help="How to search, such as `vectors=no,most=50`.")
@click.option("--against", "other", metavar="SETTING", help="Another way, to compare: `rerank=no`.")
@click.option("--model", help="Have this model answer, too, and compare with the model answers of the set.")
@click.option("--limit", type=click.IntRange(1), help="Take only so many questions.")
@click.option("--worst", type=click.IntRange(0, 100), default=0, help="Show so many questions that did worst.")
@output.json_option
def command(base: str, file: Path | None, as_json: bool, worst: int, index: bool, create: bool, **given: Any) -> None:
    """Measure how well BASE, a name or an id, is searched for the questions of a set, and wait until that is done.

    What a question should find is named by a document's id, place or name, by the id of a chunk, or by the corpus id
    of a text that --index has put there. Ctrl-C stops the evaluation.
    """
    if (file is None) == (given["again"] is None) or (index and not (file and file.is_dir())):
        raise Failure("Say either --set or --again; --index goes with the folder of a BEIR set.", Exit.USAGE)
    if create and not index:
        raise Failure("--create goes with --index: an empty base has nothing to be found.", Exit.USAGE)
    client, shown = connected(), Counted()
    body = _wanted(file, given)
    body["base"] = _base(client, base, index, create)["id"]
    if index and file is not None:
        evaluation_corpus.put(client, body["base"], file, shown.moved)
    told = _followed(client, client.ask("POST", f"{PREFIX}/evaluations.start", body), shown)
    poor = list(_worst(client, told["id"], worst)) if worst else []
    names = _names(client, body["base"]) if poor and not as_json else {}
    unput = " The texts of a BEIR set are put into the base by --index." if file and file.is_dir() and not index else ""
    if as_json:
        output.emit({**told, "worst": poor} if worst else told)
    else:
        output.lines(report(told, unput))
        output.lines(line(each, names) for each in poor)
    if told["state"] != "done":
        unput = unput if told.get("problem") == "nothing_known" else ""
        raise Failure(printable(told.get("words") or "Somebody stopped it.") + unput)


def _base(client: Client, named: str, index: bool, create: bool) -> dict[str, Any]:
    """The base, made where that was said. Raises Failure."""
    there = bases.sought(client, named)
    if there is None and create:
        made: dict[str, Any] = client.ask("POST", f"{PREFIX}/bases.create", {"name": named})
        return made
    if there is None and index:
        said = f"There is no knowledge base {output.safe(named)!r}. Say --create to have it made."
        raise Failure(said, Exit.MISSING)
    return there or bases.found(client, named)


def _wanted(file: Path | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the server is to measure. Raises Failure."""
    wanted: dict[str, Any] = {"settings": [setting(given["one"])], "model": given["model"] or ""}
    if given["other"] is not None:
        wanted["settings"].append(setting(given["other"]))
    if file is None:
        return {**wanted, "again": given["again"]}
    asked = questions(file, given["split"])[: given["limit"]]
    return {**wanted, "name": file.name, "questions": msgspec.to_builtins(asked), "skip_own": file.is_dir()}


def setting(said: str) -> dict[str, Any]:
    """A way to search, of `field=value` with commas between. Raises Failure."""
    pairs = [each.partition("=") for each in said.split(",") if each.strip()]
    fields = {name.strip(): _WORDS.get(value.strip().lower(), value.strip()) for name, _, value in pairs}
    try:
        msgspec.convert(fields, _Setting, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(name for name in SearchSetting.__struct_fields__ if name != "name")
        raise Failure(f"The setting {said!r} cannot be used ({error}). There are {known}.", Exit.USAGE) from None
    made = msgspec.convert({"name": said or "as it is", **fields}, SearchSetting, strict=False)
    return {name: getattr(made, name) for name in SearchSetting.__struct_fields__}


class _Setting(SearchSetting, frozen=True, forbid_unknown_fields=True):
    """As it is typed."""


_WORDS = {"yes": "true", "no": "false", "on": "true", "off": "false"}


def _followed(client: Client, told: dict[str, Any], shown: Counted) -> dict[str, Any]:
    """The evaluation when it is over. Interrupted, it is stopped."""
    try:
        while told["state"] not in OVER:
            time.sleep(POLL_SECONDS)
            told = client.ask("GET", f"{PREFIX}/evaluations.read?{urlencode({'evaluation': told['id']})}")
            shown.moved("measuring questions", told["done"], told["total"])
    except KeyboardInterrupt:
        client.ask("POST", f"{PREFIX}/evaluations.stop", {"evaluation": told["id"]})
        raise
    finally:
        shown.close()
    return told


class Counted:
    """How far it is: a line that is written over on a terminal, elsewhere a line for each step. On standard error."""

    def __init__(self) -> None:
        self._doing, self._terminal = "", sys.stderr.isatty()

    def moved(self, doing: str, done: int, total: int) -> None:
        """So many of all are done."""
        if self._terminal:
            self._doing = doing
            sys.stderr.write(f"{output.CLEAR_LINE}{doing}: {done} of {total}")
        elif doing != self._doing:
            self._doing = doing
            sys.stderr.write(f"{doing} ({total})\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Let the next line begin below."""
        if self._terminal and self._doing:
            sys.stderr.write(output.CLEAR_LINE)


def report(told: Mapping[str, Any], unput: str = "") -> Iterator[str]:
    """The figures of each setting, and how sure a difference is; `unput` says why something may not be in the base."""
    outcome = told["outcome"]
    yield f"{told['done']} of {counted(told['total'], 'question')} measured (evaluation {told['id']})"
    means = outcome.get("means", [])
    if means:
        yield ""
        yield from table(
            list(_rows([each["name"] for each in told["settings"]], means, outcome.get("differences", {})))
        )
        if len(means) == 2 and told["done"] < FEWEST:
            yield f"So few questions cannot show that one way is better: ask at least {FEWEST}, and rather a hundred."
    if outcome.get("unknown"):
        lacking = f"{outcome['unknown']} of what should be found is not in the base"
        yield f"{lacking}, such as {outcome['examples'][0]}.{unput}"
    if outcome.get("answered"):
        yield f"{counted(outcome['answered'], 'answer')} compared"
    for remark, count in outcome.get("remarks", {}).items():
        yield f"at {counted(count, 'question')} {clause(remark)}"


def _rows(
    names: list[str], means: list[dict[str, float]], differences: Mapping[str, Mapping[str, float]]
) -> Iterator[list[str]]:
    yield ["", *names, *(("DIFFERENCE", "P", "") if len(means) == 2 else ())]
    for name in means[0]:
        row = [name, *(f"{each[name]:.4f}" if name in each else "" for each in means)]
        if difference := differences.get(name):
            sure = "sure" if difference["p"] < SURE else "may be chance"
            row += [f"{difference['other'] - difference['one']:+.4f}", f"{difference['p']:.4f}", sure]
        yield row


def _worst(client: Client, evaluation: str, most: int) -> Iterator[dict[str, Any]]:
    """The questions with the lowest nDCG@10 of the first setting, the worst first."""
    asked = every(client, "evaluations.questions.list", "questions", evaluation=evaluation)
    found = [each for each in asked if each.get("measured")]
    yield from sorted(found, key=lambda each: float(each["measured"][0]["figures"]["ndcg@10"]))[:most]


def _names(client: Client, base: str) -> dict[str, str]:
    """What people call the documents of a base, by their ids: as the set does where their texts came with one."""
    found = bases.documents(client, base)
    return {each["id"]: each.get("metadata", {}).get(CORPUS_ID, "").partition(" ")[0] or each["name"] for each in found}


def line(measured: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One question: its nDCG@10, what it asks, what it should find and what it found, both by `names` of documents."""
    one = measured["measured"][0]
    wanted = ", ".join(printable(names.get(each, each)) for each in list(measured["question"]["relevant"])[:3])
    found = ", ".join(printable(names.get(each, each)) for each in one.get("found", [])[:3]) or "nothing"
    return (
        f"{one['figures']['ndcg@10']:.4f}  {printable(measured['question']['query'])}: {wanted} wanted, {found} found"
    )
