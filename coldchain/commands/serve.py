"""`coldchain serve`: the API and the pages."""

import asyncio
from socket import socket
from typing import Any

import click
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.forecast.job import ForecastJob
from api.options import Options
from api.web.frame.live import Live
from coldchain import bootstrap, logs
from coldchain.history import history
from coldchain.posting import intake
from coldchain.settings import load_settings

# Long enough for an answer under way, shorter than the supervisor's patience.
GRACE_S = 5


class Server(uvicorn.Server):
    """Foresees in the background; ends the streams of open pages when it is to stop: they would last for ever."""

    def __init__(self, app: FastAPI, **how: Any) -> None:
        super().__init__(uvicorn.Config(app, timeout_graceful_shutdown=GRACE_S, **how))
        self._live: Live = app.state.pages.state.live
        self._forecast_job = ForecastJob(app.state.services.forecasts)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start."""
        await super().startup(sockets)
        self._forecast_job.start()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop."""
        await asyncio.to_thread(self._forecast_job.stop)
        await self._live.stop()
        await super().shutdown(sockets)


@click.command(name="serve")
def command() -> None:
    """Serve the API and the pages. Any number of these may run; a proxy in front may share out requests and add TLS."""
    settings = load_settings()
    logs.set_up(settings.log_level)
    database = bootstrap.migrated(settings)
    host, port = settings.http_bind
    posted = intake(settings, database)
    app = create_app(
        database,
        Options(
            secure_cookies=settings.pages.startswith("https:"),
            shelve_at_most=settings.shelve_at_most,
            four_eyes=settings.four_eyes,
        ),
        history=history(settings, database),
        intake=posted,
    )
    Server(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    ).run()
    posted.close()
    database.close()
