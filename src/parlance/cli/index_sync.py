"""Rounds of one folder and one base: what is to be done is done, and what became of it is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import click

from parlance.cli import bases, output
from parlance.cli.client import Client
from parlance.cli.delivery import Delivery
from parlance.cli.exits import Failure
from parlance.cli.folder import Look
from parlance.cli.folder_outcome import Sent, Told
from parlance.cli.folder_plan import Plan, Planner, Removal, still_gone
from parlance.cli.index_told import DONE, Quiet, Retelling, Screen, as_changed, interrupted, line, summed

GOOD = ("added", "unchanged", "renamed")
"""The base has the file's bytes, and they were read."""
NOT_ASKED = "its file is gone; --prune removes it"


class Going(NamedTuple):
    """What is read while the folder is watched: documents, in the order in which they came, and what goes when they are
    ready."""

    left: deque[Sent]
    plan: Plan
    stays: Removal


class Sync:
    """Rounds of one folder and one base."""

    def __init__(self, client: Client, base: str, planner: Planner, as_json: bool) -> None:
        self._client, self._base, self._planner, self._as_json = client, base, planner, as_json
        self._going: Going | None = None
        self._retelling, self._plan_told = Retelling(), ""
        self._fresh: set[str] = set()
        """Documents that came by this, of which that has not been told."""
        self._earlier: list[Told] = []
        """What was done before the server went away, and has not been told."""
        self.progress = 0
        """Documents that came, or came to their end, before the server went away."""

    def once(self, look: Look, allowed: Callable[[Plan], bool]) -> list[Told]:
        """Do what is to be done, and wait until all is read; gives what became of all. `allowed` says of a plan whether
        its removals may be done. Raises Failure; called again then, it goes on, and tells of both."""
        plan = self._planned(look, frozenset())
        told, _ = self._delivered(plan, look, allowed(plan) if plan.removed else False, waits=True)
        return self._summed_up(told)

    def round(self, look: Look, prune: bool, restless: frozenset[str]) -> bool:
        """One of many: what changed is told; gives whether all that was to be sent has been. What the server reads is
        not waited for, as other files may come meanwhile: `further` tells of it. Raises Failure."""
        plan = self._planned(look, restless)
        told, self._going = self._delivered(plan, look, prune, waits=False)
        self._say(self._summed_up(told), counted=True)
        return not any(each.outcome == "failed" and not each.document for each in told)

    def further(self) -> bool:
        """What has been read since is told, and takes the place of its older version. Raises Failure."""
        if self._going is None or not self._going.left:
            return True
        delivery = Delivery(self._client, self._base, self._planner.name, Quiet())
        while self._going.left and delivery.advance(self._going.left):
            pass
        told = self._settled(self._going.plan, delivery, self._going.stays, delivery.told)
        self._fresh.difference_update(each.document for each in told)
        if told:
            self._say(sorted(told), counted=False)
        return True

    def _planned(self, look: Look, restless: frozenset[str]) -> Plan:
        plan = self._planner.planned(look, bases.documents(self._client, self._base), restless)
        if (told := summed(plan)) != self._plan_told:
            self._plan_told = told
            click.echo(told, err=True)
        return plan._replace(
            waiting=[each._replace(known=each.document not in self._fresh) for each in plan.waiting],
            told=[
                each._replace(outcome="added") if each.outcome == "unchanged" and each.document in self._fresh else each
                for each in plan.told
            ],
        )

    def _delivered(self, plan: Plan, look: Look, prune: bool, waits: bool) -> tuple[list[Told], Going]:
        """Rename, send, perhaps wait, and then remove. Interrupted, it says what goes on without it."""
        shown = Screen()
        delivery = Delivery(self._client, self._base, self._planner.name, shown)
        going = Going(deque(), plan, still_gone(self._planner, look))
        try:
            delivery.move(plan.moved)
            delivery.send(plan.new)
            again = delivery.retry(plan.again)
            self._fresh.update(each.document for each in again)
            going.left.extend([*delivery.sent, *plan.waiting, *again])
            if waits:
                delivery.follow(going.left)
            told = self._settled(plan, delivery, going.stays, [*plan.told, *delivery.told])
            if prune:
                before = len(delivery.told)
                delivery.remove(plan.removed, going.stays)
                told += delivery.told[before:]
        except KeyboardInterrupt:
            shown.close()
            click.echo(interrupted(plan, delivery), err=True)
            raise
        except Failure:
            self._broken_off(delivery)
            raise
        finally:
            shown.close()
            self._fresh.update(each.document for each in delivery.sent if not each.known)
        kept = () if prune else (Told(each.name, "kept", NOT_ASKED, each.document) for each in plan.removed)
        return [*told, *kept], going

    def _broken_off(self, delivery: Delivery) -> None:
        self._earlier += [each for each in delivery.told if each.outcome in ("renamed", "removed")]
        self.progress += len(delivery.sent) + sum(each.outcome in DONE for each in delivery.told)
        self._planner.begin_again()

    def _settled(self, plan: Plan, delivery: Delivery, stays: Removal, told: Iterable[Told]) -> list[Told]:
        """What came to its end, when the older versions are gone that these take the place of."""
        every = list(told)
        good = {each.name for each in every if each.outcome in GOOD}
        gone = [each for name in plan.outdated if name in good for each in plan.outdated[name]]
        before = len(delivery.told)
        replaced = delivery.replace(gone, stays)
        return [*(as_changed(each, plan, replaced) for each in every), *delivery.told[before:]]

    def _summed_up(self, told: list[Told]) -> list[Told]:
        """In order; what was renamed is not told as unchanged, too."""
        every, self._earlier = [*self._earlier, *told], []
        self._fresh.difference_update(each.document for each in every)
        renamed = {each.name for each in every if each.outcome == "renamed"}
        return sorted(each for each in every if each.outcome != "unchanged" or each.name not in renamed)

    def _say(self, told: list[Told], counted: bool) -> None:
        reading = len(self._going.left) if self._going else 0
        if self._as_json:
            output.emit_line({"base": self._base, "files": [each._asdict() for each in told], "reading": reading})
        else:
            output.lines(self._retelling.new(told, reading) if counted else map(line, told))
