"""Typed readers of the environment. Unset or empty means the default; a wrong value fails loudly."""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class SettingError(ValueError):
    """A variable of the environment has a value that cannot be used; the sentence names it."""


def text(name: str, default: str = "", *, one_of: tuple[str, ...] = (), needs: str = "") -> str:
    """The value without the blanks around it.

    Args:
        name: of the variable.
        default: where it is unset or empty.
        one_of: the words that it may be; any where there are none.
        needs: the package of requirements-production.txt that a value makes use of.
    """
    value = _given(name)
    if one_of and (value or default) not in one_of:
        raise SettingError(f"{name} must be one of {', '.join(one_of)}, not {value!r}.")
    if value and needs and find_spec(needs) is None:
        raise SettingError(f"{name} needs more packages: python -m pip install -r requirements-production.txt")
    return value or default


def _given(name: str) -> str:
    """The variable, or what the file holds that `<name>_FILE` names: secrets need not lie in the environment."""
    value = os.environ.get(name, "").strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if value or not file:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingError(f"{name}_FILE names {file}, which cannot be read: {error}.") from None


def boolean(name: str, *, default: bool) -> bool:
    """1, true, yes, on or 0, false, no, off, in any case."""
    value = text(name).lower()
    if not value:
        return default
    if value not in YES | NO:
        raise SettingError(f"{name} must be 1 or 0 (or true, false, yes, no, on, off), not {value!r}.")
    return value in YES


def integer(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, not {value!r}.") from None
    if not least <= number <= most:
        raise SettingError(f"{name} must be from {least} to {most}, not {number}.")
    return number


def seconds(name: str, default: float, *, least: float, most: float) -> float:
    """A number of seconds from `least` to `most`; parts of a second are allowed."""
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        raise SettingError(f"{name} must be a number of seconds, not {value!r}.") from None
    if not least <= number <= most:  # also refuses nan
        raise SettingError(f"{name} must be from {least:g} to {most:g} seconds, not {value}.")
    return number


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list written with commas between its words."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default)


def folder(name: str, default: Path | None) -> Path | None:
    """An absolute path to a folder that may not exist yet; a leading ~ is your home."""
    value = text(name)
    path = Path(value).expanduser().resolve() if value else default
    if path is not None and path.exists() and not path.is_dir():
        raise SettingError(f"{name} must name a folder; {path} is a file.")
    return path


def address(name: str, schemes: tuple[str, ...], *, needs: str = "") -> str:
    """A URL with one of these schemes, or nothing."""
    value = text(name, needs=needs)
    if value and value.partition("://")[0] not in schemes:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        raise SettingError(f"{name} must start with {known}, not {value.partition('://')[0]!r}.")
    return value


def postgresql(name: str) -> dict[str, Any]:
    """postgresql://user:password@host:port/name?option=value as Django spells it; empty where there is none.

    Options are libpq's, such as sslmode; a host that starts with / is the folder of a socket (?host=/run/postgresql).
    """
    url = urlsplit(address(name, ("postgresql", "postgres"), needs="psycopg"))
    if not url.scheme:
        return {}
    try:
        port = url.port
    except ValueError:
        raise SettingError(f"{name} has a port that is no number.") from None
    if not url.path.strip("/"):
        raise SettingError(f"{name} must name a database: postgresql://user@host/name")
    options = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", url.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def mail(name: str) -> tuple[str, int, str, str, bool, bool] | None:
    """smtp://user:password@host:port, smtps:// for TLS from the start, smtp+starttls:// for TLS after the greeting.

    Returns:
        host, port, user, password, TLS from the start, STARTTLS; nothing where the variable is empty.
    """
    ports = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
    url = urlsplit(address(name, tuple(ports)))
    if not url.scheme:
        return None
    try:
        port = url.port or ports[url.scheme]
    except ValueError:
        raise SettingError(f"{name} has a port that is no number.") from None
    if not url.hostname:
        raise SettingError(f"{name} must name a server: smtps://user:password@mail.example.org")
    login = unquote(url.username or ""), unquote(url.password or "")
    return url.hostname, port, *login, url.scheme == "smtps", url.scheme == "smtp+starttls"


def secret(name: str, file: Path) -> str:
    """The value of the variable, else what `file` holds: made, for its owner's eyes, when absent."""
    value = text(name)
    if value:
        return value
    if not file.exists():
        _make_secret(file)
    kept = file.read_text(encoding="ascii").strip()
    if len(kept) < 32:
        raise SettingError(f"{file} is too short to be a secret: delete it, or set {name}.")
    return kept


def _make_secret(file: Path) -> None:
    """Whole or not at all: several processes may start at once, and the first link wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was first; its secret counts
    finally:
        draft.unlink()
