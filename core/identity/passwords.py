"""Passwords: kept as Argon2id alone, and the rules that a new one must pass. The only file that imports
argon2."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import PasswordTooWeak

LONGEST = 256  # characters; a longer text would only buy its sender our time
LEAST_DIFFERENT = 5  # characters
# What is tried first everywhere; compared without case, digits and signs at the ends.
COMMON = frozenset(
    {
        "abcdefgh", "abcdefghij", "admin", "administrator", "asdfghjkl", "azerty", "baseball", "changeme",
        "company", "contrasena", "default", "dragon", "football", "guest", "iloveyou", "letmein", "login",
        "master", "monkey", "motdepasse", "passwort", "password", "princess", "qwerty", "qwertyuiop",
        "qwertz", "secret", "shoko", "sunshine", "superman", "trustno", "welcome", "zxcvbnm",
    }
)  # fmt: skip

_hasher = PasswordHasher()  # RFC 9106's second choice: 64 MiB, three passes, four lanes
_at_once = threading.Semaphore(2)  # each check takes 64 MiB; a crowd of them must not take all
_nobody = ""


def hashed(password: str) -> str:
    """The Argon2id hash of a password, with its salt and costs."""
    with _at_once:
        return _hasher.hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether that is the password. Takes as long if there is no hash, so that timing reveals no names."""
    global _nobody
    if not _nobody:
        _nobody = hashed("nobody has this password")
    with _at_once:
        try:
            return _hasher.verify(password_hash or _nobody, password[:LONGEST]) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made at lower costs than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_new(password: str, name: str, *, least: int) -> None:
    """Raises PasswordTooWeak if a new password breaks a rule. Length counts, kinds of characters do not
    (NIST SP 800-63B, 3.1.1.2)."""
    plain = password.casefold()
    core = plain.strip("0123456789 !?.,;:_-+*#$%&/()=@")
    if len(password) < least:
        problem = f"it has fewer than {least} characters"
    elif len(password) > LONGEST:
        problem = f"it has more than {LONGEST} characters"
    elif len(set(plain)) < LEAST_DIFFERENT:
        problem = f"it has fewer than {LEAST_DIFFERENT} different characters"
    elif name and name.casefold() in plain:
        problem = "it contains the name of the account"
    elif not core or core in COMMON or plain in "01234567890123456789" + "98765432109876543210":
        problem = "it is one of those that are tried first"
    else:
        return
    raise PasswordTooWeak(problem=problem)
