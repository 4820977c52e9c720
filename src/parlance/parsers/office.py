"""What the XML formats of office programs have in common: names without their namespaces, relations, properties."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import partial
from xml.etree.ElementTree import Element

from parlance.parsers.archive import Archive
from parlance.parsers.draft import Draft
from parlance.parsers.gallery import MOST_RAW, Gallery
from parlance.parsers.problems import problem

_CORE = "docProps/core.xml"


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def value(element: Element, name: str) -> str | None:
    """An attribute by its name without a namespace."""
    found = element.get(name)
    if found is not None:
        return found
    return next((held for key, held in element.items() if key.rpartition("}")[2] == name), None)


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: by id, the kind of the relation (its last word) and the part's name."""
    folder, name = posixpath.split(part)
    place = f"{folder}/_rels/{name}.rels"
    if place not in archive.names:
        return {}
    found = {}
    for one in archive.tree(place):
        if value(one, "TargetMode") == "External":
            continue
        target = value(one, "Target") or ""
        inner = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[value(one, "Id") or ""] = ((value(one, "Type") or "").rpartition("/")[2], inner)
    return found


def related(archive: Archive, part: str, listed: str) -> list[tuple[Element, str]]:
    """The elements of a kind in a part that name others, in order, each with the part it names."""
    known = relations(archive, part)
    found = []
    for one in archive.tree(part).iter():
        if local(one) == listed and (id := _relation(one)) in known:
            found.append((one, known[id][1]))
    if not found:
        raise problem("damaged_file")
    return found


def pictured(
    element: Element, related: Mapping[str, tuple[str, str]], archive: Archive, gallery: Gallery, draft: Draft
) -> None:
    """The pictures that an element shows, drawn in the way of today or in that of before 2007."""
    for one in element.iter():
        name = local(one)
        id = value(one, "embed") if name == "blip" else _relation(one) if name == "imagedata" else None
        _, part = related.get(id or "", ("", ""))
        if part and part in archive.names:
            draft.picture(gallery.fetch(part, partial(archive.read, part, MOST_RAW)))


def properties(archive: Archive, draft: Draft) -> None:
    """Title, author and language of the file's own description."""
    if _CORE not in archive.names:
        return
    said = {local(one): one.text or "" for one in archive.tree(_CORE)}
    draft.title, draft.language = said.get("title", ""), said.get("language", "")
    draft.metadata["author"] = said.get("creator", "")


def _relation(element: Element) -> str:
    """The id of a relation: the attribute `id` of the namespace of relations, which is not the element's own `id`."""
    return next((held for key, held in element.items() if key.endswith("relationships}id")), "")
