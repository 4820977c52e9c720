"""Which function handles which operation on accounts, and how what they name is found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from parlance.core.accounts import (
    audit,
    departure,
    factors,
    groups,
    keys,
    links,
    own_account,
    people,
    settling,
    signing,
    tenants,
)
from parlance.core.accounts import departure_operations as leave
from parlance.core.accounts import factor_operations as factor
from parlance.core.accounts import link_operations as link
from parlance.core.accounts import operations as own
from parlance.core.accounts import people_operations as others
from parlance.core.accounts.room import AccountRoom
from parlance.core.operation import Handles
from parlance.values.accounts import Principal

AREA: Handles = {
    own.SignUp: signing.sign_up,
    own.SignIn: signing.sign_in,
    own.SignOut: signing.sign_out,
    own.SignOutEverywhere: signing.sign_out_everywhere,
    own.ChangePassword: signing.change_password,
    link.MakePasswordLink: links.make_password_link,
    link.SetPassword: links.set_password,
    factor.BeginFactor: factors.begin_factor,
    factor.ConfirmFactor: factors.confirm_factor,
    factor.RemoveFactor: factors.remove_factor,
    factor.RenewCodes: factors.renew_codes,
    factor.RemoveUsersFactor: factors.remove_users_factor,
    leave.ExportAccount: departure.export_account,
    leave.DeleteAccount: departure.delete_account,
    own.ReadAccount: own_account.read_account,
    own.ChangeAccount: own_account.change_account,
    own.ListSessions: own_account.list_sessions,
    own.RevokeSession: own_account.revoke_session,
    own.CreateKey: keys.create_key,
    own.ListKeys: keys.list_keys,
    own.RevokeKey: keys.revoke_key,
    own.ListAudit: audit.list_audit,
    others.ListUsers: people.list_users,
    others.ReadUser: people.read_user,
    others.CreateUser: people.create_user,
    others.ChangeUser: people.change_user,
    others.EndSessions: people.end_sessions,
    others.DeleteUser: people.delete_user,
    others.ListGroups: groups.list_groups,
    others.ReadGroup: groups.read_group,
    others.CreateGroup: groups.create_group,
    others.ChangeGroup: groups.change_group,
    others.DeleteGroup: groups.delete_group,
    others.ChangeMembers: groups.change_members,
    others.ListTenants: tenants.list_tenants,
    others.CreateTenant: tenants.create_tenant,
    others.ChangeTenant: tenants.change_tenant,
    others.ReadPreferences: tenants.read_preferences,
    others.ChangePreferences: tenants.change_preferences,
    others.Settle: settling.settle,
}


def loaders(room: AccountRoom) -> dict[str, Callable[[Principal, str], Awaitable[Any]]]:
    """How what operations on accounts name is found, by kind: in the caller's tenant, but for tenants themselves."""
    return {
        "user": lambda who, id: room.of(who.tenant).people.user(id),
        "group": lambda who, id: room.of(who.tenant).groups.group(id),
        "key": lambda who, id: room.of(who.tenant).keys.key(id),
        "session": lambda who, id: room.of(who.tenant).sessions.session(id),
        "tenant": lambda who, id: room.directory.tenant(id),
    }
