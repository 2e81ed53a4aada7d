"""Settings: flag, PARKFLOW_* variable, park file, user's settings file, default; in that order."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from flows.errors import Refused
from flows.findings import finding

LANGUAGES = ("en", "zh")
ROLES = ("operator", "engineer", "manager")


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What a person set once: `settings.toml` in the user's configuration folder.

    Attributes:
        lang: Language, or "".
        by: Name to enter readings under, or "".
        role: One of `ROLES`, shown in the terminal application, or "" for the first of them.
    """

    lang: str = ""
    by: str = ""
    role: str = ""


def user_settings() -> UserSettings:
    """Read the user's settings file; without one everything is unset.

    Raises:
        Refused: If the file is there and cannot be understood.
    """
    from platformdirs import user_config_path

    path = user_config_path("parkflow") / "settings.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return UserSettings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(finding("toml-syntax", file=str(path), message=str(error))) from None
    for key, value in table.items():
        if key not in UserSettings.__slots__:
            names = ", ".join(UserSettings.__slots__)
            raise Refused(finding("key-unknown", file=str(path), key=key, names=names))
        if not isinstance(value, str):
            raise Refused(finding("value-type", file=str(path), key=key, expected="text"))
        allowed = {"lang": LANGUAGES, "role": ROLES}.get(key)
        if allowed and value not in allowed:
            names = ", ".join(allowed)
            raise Refused(finding("key-unknown", key, file=str(path), key=value, names=names))
    return UserSettings(**table)


def role(settings: UserSettings) -> str:
    """In which role somebody works: PARKFLOW_ROLE, as set, or the first of `ROLES`.

    Raises:
        Refused: `key-unknown` of another word in PARKFLOW_ROLE.
    """
    asked = os.environ.get("PARKFLOW_ROLE", "")
    if asked and asked not in ROLES:
        names = ", ".join(ROLES)
        raise Refused(finding("key-unknown", "PARKFLOW_ROLE", key=asked, names=names))
    return asked or settings.role or ROLES[0]


def language(asked: str | None, settings: UserSettings) -> str:
    """The language to speak: as asked, as set, or as the system's locale says."""
    for candidate in (asked, settings.lang):
        if candidate in LANGUAGES:
            return candidate
    locale = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if locale.lower().startswith("zh") else "en"


def log_path() -> Path:
    """Where the program writes what it did, for those who must find out why."""
    if folder := os.environ.get("PARKFLOW_LOG_DIR"):
        return Path(folder) / "parkflow.log"
    from platformdirs import user_log_path

    return user_log_path("parkflow") / "parkflow.log"
