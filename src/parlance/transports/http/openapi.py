"""An OpenAPI 3.1 document for a dialect, made from its rows and their wire structs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec

from parlance.dialects.table import Dialect, Row

_PARAMETER = re.compile(r"\{([^}:]+)(?::path)?\}")
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_REF = "#/components/schemas/{name}"


def document(dialect: Dialect, *, version: str, server: str) -> dict[str, Any]:
    """The document as plain values. `server` is the path under which the dialect is mounted (`/as/openai`)."""
    rows = [row for row in dialect.rows if row.method in _METHODS and not row.browser]
    schemas, components = _schemas(dialect, rows)
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        path = _PARAMETER.sub(r"{\1}", row.path)
        paths.setdefault(path, {})[row.method.lower()] = _operation(row, dialect, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": version, "description": dialect.about},
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(dialect: Dialect, rows: list[Row]) -> tuple[dict[int, dict[str, Any]], dict[str, Any]]:
    """The schema of every wire type by the type's `id`, since types need not be hashable, and the shared components."""
    types = [kind for row in rows for kind in (row.takes, row.gives, row.streams) if kind is not None]
    if dialect.error is not None:
        types.append(dialect.error)
    unique = list({id(kind): kind for kind in types}.values())
    found, components = msgspec.json.schema_components(unique, ref_template=_REF)
    shapes = {name: _open(schema) for name, schema in components.items()}
    return {id(kind): schema for kind, schema in zip(unique, found, strict=True)}, shapes


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """A struct's schema as a client may take it: where a struct forbids unknown fields, that only sends the body to a
    second reading that keeps them."""
    return {name: said for name, said in schema.items() if (name, said) != ("additionalProperties", False)}


def _operation(row: Row, dialect: Dialect, schemas: dict[int, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.summary,
        "responses": {**_answers(row, schemas), "default": _error(dialect, schemas)},
    }
    if parameters := list(_parameters(row)):
        operation["parameters"] = parameters
    if row.body != "none":
        operation["requestBody"] = {"required": True, "content": _content_taken(row, schemas)}
    if row.open or row.anyone:
        operation["security"] = []
    return operation


def _parameters(row: Row) -> Iterator[dict[str, Any]]:
    for name in _PARAMETER.findall(row.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    for name, about in row.queries:
        needed = {"required": True} if name in row.required else {}
        yield {"name": name, "in": "query", "description": about, **needed, "schema": {"type": "string"}}
    for name, about in row.headers:
        yield {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}


def _content_taken(row: Row, schemas: dict[int, dict[str, Any]]) -> dict[str, Any]:
    if row.body == "upload" and row.takes is None:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {row.takes_media: {"schema": schemas.get(id(row.takes), {})}}


def _answers(row: Row, schemas: dict[int, dict[str, Any]]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in row.statuses:
        answers[str(status)] = {"description": HTTPStatus(status).phrase}
        content: dict[str, Any] = {}
        if row.gives is not None:
            content[row.media] = {"schema": schemas[id(row.gives)]}
        elif row.media != "application/json":
            content[row.media] = {"schema": {"type": "string"}}
        if row.texts:
            content["text/plain"] = {"schema": {"type": "string"}}
        if row.streams is not None:
            # OpenAPI 3.1 has no word for a sequence of frames: the schema is in a note, so that no validator reads
            # the whole stream as one object.
            content[row.stream_media] = {"x-frame-schema": schemas[id(row.streams)]}
        if content and status not in (204, 304):
            answers[str(status)]["content"] = content
    for status in row.bare:
        answers[str(status)] = {"description": f"{HTTPStatus(status).phrase}; the body may be empty"}
    return answers


def _error(dialect: Dialect, schemas: dict[int, dict[str, Any]]) -> dict[str, Any]:
    content = {dialect.error_media: {"schema": schemas.get(id(dialect.error), {})}}
    if dialect.error_texts:
        content["text/plain"] = {"schema": {"type": "string"}}
    return {"description": "An error in the dialect's own shape", "content": content}
