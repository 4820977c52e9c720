"""Where traces go."""

from typing import Annotated

from msgspec import Meta, Struct


class Traces(Struct, frozen=True, forbid_unknown_fields=True):
    """OpenTelemetry traces: one span for a request, one for each call of an engine. Needs the extra `traces`."""

    endpoint: (
        Annotated[
            str,
            Meta(
                pattern=r"^https?://[^\s/]+(/\S*)?$",
                extra={"shape": "`http://…` or `https://…`"},
                description="Where spans are sent to by OTLP over HTTP, as in `http://127.0.0.1:4318/v1/traces`; "
                "none makes none.",
            ),
        ]
        | None
    ) = None
    service: Annotated[str, Meta(min_length=1, description="The name of this service in traces.")] = "parlance"
    sample: Annotated[
        float, Meta(ge=0, le=1, description="The share of requests that is traced, each whole or not at all.")
    ] = 1.0
