"""What is refused before anything looks at it, and what every answer says to browsers and caches."""

from urllib.parse import unquote

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import SAFE, problem


class Guard:
    """Refuses a body over the limit, whether its length is declared or found out while it comes.

    Also an address with a zero character, which PostgreSQL cannot look up.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif "\0" in unquote(scope["path"] + scope["query_string"].decode("latin-1")):
            await problem("bad_request", "the address holds a zero character")(scope, receive, send)
        elif _declared(scope) > self._largest:
            await problem("too_large", self._refusal())(scope, receive, send)
        else:
            await self._app(scope, self._counting(receive), _safe(send))

    def _counting(self, receive: Receive) -> Receive:
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._largest:
                raise HTTPException(413, self._refusal())
            return message

        return counting

    def _refusal(self) -> str:
        return f"the body may have at most {self._largest} bytes"


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _safe(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SAFE.items():
                headers.setdefault(name, value)  # files of the pages may be kept
        await send(message)

    return sending
