"""What the entry of a channel may say: each kind of channel has fields of its own."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from domain.model import Severity
from sites.fields import Address, Host, Port, Ref, SecretFile, ServiceUrl, Strict, Text, Url, problem

ClientName = Annotated[Text | None, Ref("client")]


class EmailChannel(Strict):
    """Alerts by mail, handed over to the machine's own mail server if no other is named."""

    id: Text
    kind: Literal["email"]
    to: list[Address] = Field(min_length=1)
    sender: Address | None = Field(None, alias="from")
    server: Host = "localhost"
    port: Port | None = None  # preset: that of the security
    security: Literal["plain", "starttls", "tls"] | None = None  # preset: plain to localhost, else starttls
    user: Text | None = None
    secret_file: SecretFile | None = Field(None, validate_default=True)
    min_severity: Severity = "info"
    client: ClientName = None  # then it is told of that client's lots only

    @field_validator("secret_file")
    @classmethod
    def _password(cls, named: str | None, info: ValidationInfo) -> str | None:
        if (named is None) != (info.data.get("user") is None):
            raise problem("is missing: it holds the user's password" if named is None else "needs a user")
        return named


class AppriseChannel(Strict):
    """Alerts by any service that Apprise knows; its address holds credentials."""

    id: Text
    kind: Literal["apprise"]
    url: ServiceUrl | None = None
    secret_file: SecretFile | None = Field(None, validate_default=True)
    min_severity: Severity = "info"
    client: ClientName = None  # then it is told of that client's lots only

    @field_validator("secret_file")
    @classmethod
    def _one_of_two(cls, named: str | None, info: ValidationInfo) -> str | None:
        if "url" in info.data and (named is None) == (info.data["url"] is None):
            raise problem("give either this, a file that holds the address, or url")
        return named


class WebhookChannel(Strict):
    """Alerts by HTTP, signed if a file with a secret is named."""

    id: Text
    kind: Literal["webhook"]
    url: Url
    secret_file: SecretFile | None = None
    min_severity: Severity = "info"
    client: ClientName = None  # then it is told of that client's lots only


CHANNELS: dict[str, type[Strict]] = {"apprise": AppriseChannel, "email": EmailChannel, "webhook": WebhookChannel}
