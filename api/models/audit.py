"""Lines of the audit trail."""

from typing import Any

from pydantic import Field

from api.models.base import ResponseBody, Time


class AuditLine(ResponseBody):
    """Somebody did something."""

    id: int = Field(examples=[512])
    at: Time
    who: str = Field(examples=["quinn"], description="a person, a token, `apply` or `engine`")
    what: str = Field(examples=["released"])
    kind: str = Field(examples=["hold"], description="the kind of thing it was done to")
    key: str = Field(examples=["3"], description="which of them: a number, or the key of an entry")
    before: Any = Field(None, description="as it was; instants are microseconds, values 10⁻⁶ of the unit")
    after: Any = Field(None, description="as it is since; what only a channel needs to know is left out")
    reason: str | None = Field(None, examples=["covered by the stability data"])
    event: int | None = Field(None, examples=[1042], description="the event that told of it")
