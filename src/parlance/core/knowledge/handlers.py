"""Which function handles which operation of knowledge, and which task does which job."""

from __future__ import annotations

from collections.abc import Mapping

from parlance.core.dispatch import Loader
from parlance.core.jobs.held import Task
from parlance.core.knowledge import bases, chunks, documents, evaluations, page_views, retrieval, storage, sync, uploads
from parlance.core.knowledge import bases_operations as base
from parlance.core.knowledge import chunk_operations as chunk
from parlance.core.knowledge import document_operations as document
from parlance.core.knowledge import evaluation_operations as evaluation
from parlance.core.knowledge import page_operations as page
from parlance.core.knowledge import sync_operations as folder
from parlance.core.knowledge.clearing import ClearBase, ClearDocument
from parlance.core.knowledge.copying import COPY_BASE, CopyBases, copy_base, stop_copy
from parlance.core.knowledge.copying_operations import CopyBase, StopCopy
from parlance.core.knowledge.evaluation_run import Evaluate
from parlance.core.knowledge.graph import operations as graph
from parlance.core.knowledge.graph import showing
from parlance.core.knowledge.graph.drawing import DrawGraph, GraphBase
from parlance.core.knowledge.graph.projecting import ProjectBase, ProjectGraph, ProjectTenant, project_graphs
from parlance.core.knowledge.ingest import Ingest
from parlance.core.knowledge.recutting import Recut, RecutAll, recut_base, recut_document
from parlance.core.knowledge.recutting_operations import RecutBase, RecutDocument
from parlance.core.knowledge.reembed import EmbedBase
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.room import (
    CLEAR_BASE,
    CLEAR_DOCUMENT,
    DRAW_GRAPH,
    EMBED_BASE,
    EVALUATE,
    GRAPH_BASE,
    INGEST,
    PROJECT_BASE,
    PROJECT_GRAPH,
    PROJECT_TENANT,
    RECUT,
    RECUT_BASE,
    SUM_UP,
    KnowledgeRoom,
)
from parlance.core.knowledge.storage_operations import ReadStorage, SetStorage
from parlance.core.knowledge.summing import SumUp
from parlance.core.operation import Handles

AREA: Handles = {
    base.CreateBase: bases.create_base,
    base.ReadBase: bases.read_base,
    base.ListBases: bases.list_bases,
    base.ChangeBase: bases.change_base,
    base.StopEmbedding: bases.stop_embedding,
    base.DeleteBase: bases.delete_base,
    base.ReadBaseUsage: bases.read_base_usage,
    CopyBase: copy_base,
    StopCopy: stop_copy,
    ReadStorage: storage.read_storage,
    SetStorage: storage.set_storage,
    RetrievePassages: retrieval.retrieve_passages,
    evaluation.StartEvaluation: evaluations.start_evaluation,
    evaluation.ReadEvaluation: evaluations.read_evaluation,
    evaluation.ListEvaluations: evaluations.list_evaluations,
    evaluation.ListQuestions: evaluations.list_questions,
    evaluation.StopEvaluation: evaluations.stop_evaluation,
    evaluation.DeleteEvaluation: evaluations.delete_evaluation,
    document.UploadDocument: uploads.upload_document,
    document.AddText: uploads.add_text,
    document.AddAddress: uploads.add_address,
    document.ReadDocument: documents.read_document,
    document.ListDocuments: documents.list_documents,
    document.ChangeDocument: documents.change_document,
    document.RetryDocument: documents.retry_document,
    document.RetryBase: documents.retry_base,
    document.DeleteDocument: documents.delete_document,
    RecutDocument: recut_document,
    RecutBase: recut_base,
    folder.MoveFolderDocument: sync.move_folder_document,
    folder.RemoveFolderDocument: sync.remove_folder_document,
    document.ReadDocumentContent: documents.read_content,
    page.ReadPage: page_views.read_page,
    page.DrawPage: page_views.draw_page,
    chunk.ListChunks: chunks.list_chunks,
    chunk.ReadChunk: chunks.read_chunk,
    chunk.ChangeChunk: chunks.change_chunk,
    chunk.DeleteChunk: chunks.delete_chunk,
    chunk.DeleteChunks: chunks.delete_chunks,
    graph.ReadGraph: showing.read_graph,
    graph.ShowEntity: showing.show_entity,
    graph.ProjectGraphs: project_graphs,
}


def loaders(room: KnowledgeRoom) -> Mapping[str, Loader]:
    """How dispatch finds what these operations name."""
    return {"base": room.find_base, "document": room.find_document, "chunk": room.find_chunk} | {
        "evaluation": room.find_evaluation,
    }


def tasks(room: KnowledgeRoom) -> Mapping[str, Task]:
    """How jobs of each kind are done."""
    return {
        INGEST: Ingest(room),
        CLEAR_DOCUMENT: ClearDocument(room),
        CLEAR_BASE: ClearBase(room),
        EMBED_BASE: EmbedBase(room),
        **({} if room.evaluating is None else {EVALUATE: Evaluate(room, room.evaluating)}),
        COPY_BASE: CopyBases(room),
        DRAW_GRAPH: DrawGraph(room),
        GRAPH_BASE: GraphBase(room),
        SUM_UP: SumUp(room),
        RECUT: Recut(room),
        RECUT_BASE: RecutAll(room),
    }


def projecting(room: KnowledgeRoom) -> Mapping[str, Task]:
    """How jobs are done that need another database, for workers of their own: what that one is slow or away for keeps
    no document waiting. None where there is none."""
    if (there := room.projection) is None:
        return {}
    return {
        PROJECT_GRAPH: ProjectGraph(room, there),
        PROJECT_BASE: ProjectBase(room, there),
        PROJECT_TENANT: ProjectTenant(room, there),
    }
