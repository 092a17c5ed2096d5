"""Errors of the domain: each carries a code; one table in the API maps codes to HTTP statuses."""

from collections.abc import Sequence


class ColdchainError(Exception):
    """An expected error: `code` for programs, the message (one sentence naming thing and value) for people."""

    code = "internal"


class InvalidError(ColdchainError):
    """What was given is wrong in itself: a value, a field, a file."""

    code = "invalid"


class NotFoundError(ColdchainError):
    """What was named is not there, or not for this person to see."""

    code = "not_found"


class ConflictError(ColdchainError):
    """What was asked for contradicts what is recorded."""

    code = "conflict"


class ForbiddenError(ColdchainError):
    """The role may not do this."""

    code = "forbidden"


class UnauthenticatedError(ColdchainError):
    """No valid token or session."""

    code = "unauthenticated"


class UnavailableError(ColdchainError):
    """A part that is needed does not answer now; trying again later is right."""

    code = "unavailable"


class TooLargeError(ColdchainError):
    """More was given at once than is taken."""

    code = "too_large"


class TooManyError(ColdchainError):
    """More often was asked than is answered; trying again later is right."""

    code = "too_many"


class DecodeError(InvalidError):
    """A payload that its format cannot read. It becomes a dead letter; trying again changes nothing."""


class Refused(InvalidError):
    """A file or set of changes refused whole, with every problem on a line of its own."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
