"""Which function handles which operation of WeKnora's clients, and how what they name is found."""

from __future__ import annotations

from functools import partial

from parlance.core.dispatch import Loader
from parlance.core.operation import Handles
from parlance.core.weknora import model_operations as model
from parlance.core.weknora import models, ollama, people, trials, workspaces
from parlance.core.weknora import operations as own
from parlance.core.weknora import trial_operations as trial
from parlance.core.weknora.room import WeknoraRoom

AREA: Handles = {
    own.JoinWeknora: people.join,
    own.EnterWeknora: people.enter,
    own.RenewTokens: people.renew,
    own.ReadPlace: people.read_place,
    own.ListWorkspaces: workspaces.list_workspaces,
    own.ReadWorkspace: workspaces.read_workspace,
    own.CreateWorkspace: workspaces.create_workspace,
    own.ChangeWorkspace: workspaces.change_workspace,
    own.DeleteWorkspace: workspaces.delete_workspace,
    model.ListTenantModels: models.list_models,
    model.ReadTenantModel: models.read_model,
    model.CreateTenantModel: models.create_model,
    model.JudgePlans: models.judge_plans,
    model.ChangeTenantModel: models.change_model,
    model.DeleteTenantModel: models.delete_model,
    trial.TryTenantModel: trials.try_model,
    trial.AskOnce: trials.ask_once,
    trial.ReadOllama: ollama.read_ollama,
    trial.ListOllamaModels: ollama.list_ollama_models,
    trial.PullOllamaModel: ollama.pull_ollama_model,
    trial.ReadPull: ollama.read_pull,
    trial.ListPulls: ollama.list_pulls,
}


def loaders(room: WeknoraRoom) -> dict[str, Loader]:
    """How dispatch finds what these operations name."""
    return {"workspace": room.workspace, "tenant_model": partial(models.found, room)}
