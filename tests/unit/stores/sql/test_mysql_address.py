"""The address of a MySQL server says how it is reached."""

from __future__ import annotations

import ssl

import pytest

from parlance.stores.sql.mysql import address
from parlance.values.errors import Fault


def test_what_is_not_said_is_what_is_usual() -> None:
    """This machine, and MySQL's port."""
    assert address("mysql:///chats") == {"host": "localhost", "port": 3306, "user": "", "password": "", "db": "chats"}


def test_a_password_may_hold_any_character() -> None:
    """Written as in every URL."""
    found = address("mysql://ada:p%40ss%2Fw%3Ard@db.example:3307/chats")
    assert (found["host"], found["port"], found["user"], found["password"]) == ("db.example", 3307, "ada", "p@ss/w:rd")


def test_a_socket_is_a_file() -> None:
    """For a server on this machine."""
    assert address("mysql://ada@localhost/chats?unix_socket=%2Frun%2Fmysqld.sock")["unix_socket"] == "/run/mysqld.sock"


def test_an_encrypted_connection_proves_whom_it_reached() -> None:
    """Otherwise anybody on the way could read it all the same."""
    found = address("mysql://ada@db.example/chats?ssl=true")["ssl"]
    assert found.verify_mode is ssl.CERT_REQUIRED and found.check_hostname


def test_what_is_not_understood_is_refused() -> None:
    """A misspelled wish for encryption must not be an open connection."""
    with pytest.raises(Fault, match="sslmode"):
        address("mysql://ada@db.example/chats?sslmode=require")
