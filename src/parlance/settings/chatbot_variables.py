"""The chatbot app's variables that say where it is: they count where the app is wanted, and nowhere else."""

from __future__ import annotations

import msgspec

from parlance.settings.addresses import is_loopback, parse_door, split_address
from parlance.settings.chatbot_file import DIALECT, Surroundings
from parlance.settings.layers import SettingsError
from parlance.settings.schema import Settings

ADDRESS = "CHATBOT_BIND_ADDR"
REPLACED = {
    "CHATBOT_STATIC_ROOT": "is not used: the app's pages are Parlance's own, and so are their files.",
    "HOST_DATA_DIR": "is not used: what Parlance keeps is in data.dir. `parlance import chatbot FOLDER` brings over "
    "the people and sets that are in that folder.",
}
"""Variables that mean nothing here, and what to do instead."""


def with_its_door(settings: Settings, around: Surroundings) -> Settings:
    """The settings with a door for the app where its own variable names an address and no door of ours speaks it.

    What its other variables meant, and is done otherwise here, goes to the warnings.
    """
    if not settings.chatbot.enabled:
        return settings
    for name, instead in REPLACED.items():
        if around.value(name).strip():
            around.warnings.append(f"{around.variables[name].origin.place}: {name} {instead}")
    address = around.value(ADDRESS).strip()
    taken = any(door.name == DIALECT or DIALECT in door.dialects for door in settings.doors)
    if not address or taken:
        return settings
    origin = around.variables[ADDRESS].origin
    try:
        door = parse_door(f"{DIALECT}={address}")
    except SettingsError:
        around.warnings.append(f"{origin.place}: {ADDRESS} is not an address such as `0.0.0.0:80`; it is ignored.")
        return settings
    if not is_loopback(split_address(address, settings.server.host)[0]):
        around.warnings.append(f"{origin.place}: {ADDRESS} opens the chatbot app to other machines, at {address}.")
    around.origins[f"doors[{len(settings.doors)}]" if settings.doors else "doors"] = origin
    return msgspec.structs.replace(settings, doors=(*settings.doors, door))
