"""Which function handles which operation of moving in."""

from __future__ import annotations

from parlance.core.operation import Handles
from parlance.core.weknora.moving import operations, papers, shelves, talks, tenants

AREA: Handles = {
    operations.ImportWeknoraTenant: tenants.import_tenant,
    operations.ImportWeknoraModel: shelves.import_model,
    operations.ImportWeknoraBase: shelves.import_base,
    operations.ImportWeknoraDocument: papers.import_document,
    operations.ImportWeknoraSession: talks.import_session,
}
