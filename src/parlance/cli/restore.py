"""`parlance restore`: make a server's data of a backup. The only verb that works on the data folder itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from parlance.cli import output
from parlance.cli.backup import first_line, missing
from parlance.cli.exits import Exit, Failure
from parlance.cli.place import settings as settings_of
from parlance.settings.schema import Settings

if TYPE_CHECKING:
    from parlance.stores.archive import Manifest

MOST_NAMED = 100
NO_FOLDER = "Without a data folder there is nowhere to restore to: give one with --data."


@click.command("restore")
@click.argument("backup", type=click.Path(exists=True, dir_okay=False))
@click.option("--data", help="Data folder to restore into.")
@click.option("--config", help="Settings file (parlance.toml).")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False), help="Where the passphrase is.")
@click.option("--check", is_flag=True, help="Only verify that the backup is whole.")
@output.json_option
def command(
    backup: str, data: str | None, config: str | None, passphrase_file: str | None, check: bool, as_json: bool
) -> None:
    """Verify BACKUP, then put it in the place of what is there.

    The server must not run. What was in the data folder is kept beside it as `parlance.db.replaced` (the next times
    with a number); a database server's database must be empty.
    """
    settings = settings_of(os.environ, Path.cwd(), config, {"data.dir": data}).settings
    phrase = None if passphrase_file is None else first_line(passphrase_file)
    manifest = asyncio.run(_restore(settings, Path(backup), phrase, check))
    if as_json:
        lost = {"lost": len(manifest.lost), "lost_files": manifest.lost[:MOST_NAMED]} if manifest.lost else {}
        return output.emit({"schema": manifest.schema, "rows": manifest.rows, "restored": not check, **lost})
    if manifest.lost:
        click.echo(missing(len(manifest.lost), manifest.lost[:MOST_NAMED]), err=True)
    return output.lines([f"{'Whole' if check else 'Restored'}: {manifest.rows:,} rows of schema {manifest.schema}"])


async def _restore(settings: Settings, backup: Path, passphrase: str | None, check: bool) -> Manifest:
    from parlance.assembly.backup import verified
    from parlance.assembly.backups import restored
    from parlance.stores.archive import BadBackup
    from parlance.stores.blobs.faults import refused
    from parlance.stores.folder_lock import FolderError
    from parlance.stores.sql.filling import NotEmpty
    from parlance.values.errors import Fault
    from parlance.vault.sealed_file import Sealed

    if settings.data.dir is None:
        raise Failure(NO_FOLDER, Exit.USAGE)
    try:
        return await (verified(backup, passphrase) if check else restored(settings, backup, passphrase))
    except (BadBackup, Sealed) as error:
        raise Failure(str(error)) from error
    except NotEmpty:
        raise Failure("The database holds something already. Give an empty one.", Exit.ERROR) from None
    except FolderError as error:
        raise Failure(str(error), Exit.FOLDER_TAKEN) from error
    except Fault as fault:
        raise Failure(fault.sentence(), Exit.UNREACHABLE) from fault
    except OSError as error:
        raise Failure(f"{refused(error).message} What was there is as it was.") from error
