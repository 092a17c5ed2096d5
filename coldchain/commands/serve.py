"""`coldchain serve`: the API."""

import click
import uvicorn

from api.app import create_app
from coldchain import bootstrap, logs
from coldchain.settings import load_settings

# Long enough for an answer under way, shorter than the supervisor's patience.
GRACE_S = 5


@click.command(name="serve")
def command() -> None:
    """Serve the API. Any number of these may run; a proxy in front may share out requests and add TLS."""
    settings = load_settings()
    logs.set_up(settings.log_level)
    database = bootstrap.migrated(settings)
    host, port = settings.http_bind
    uvicorn.run(
        create_app(database, history=bootstrap.history(settings, database)),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    database.close()
