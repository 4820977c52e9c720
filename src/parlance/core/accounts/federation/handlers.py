"""Which function handles which operation on signing in by another server's word."""

from __future__ import annotations

from parlance.core.accounts.federation import oidc, vouched
from parlance.core.accounts.federation import operations as own
from parlance.core.operation import Handles

AREA: Handles = {
    own.ListProviders: oidc.list_providers,
    own.BeginSignIn: oidc.begin_sign_in,
    own.FinishSignIn: oidc.finish_sign_in,
    own.SignInVouched: vouched.sign_in_vouched,
}
