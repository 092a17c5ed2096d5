"""`coldchain serve`: the API and the pages."""

import click
import uvicorn

from api.app import create_app
from api.options import Options
from coldchain import bootstrap, logs
from coldchain.settings import load_settings

# Long enough for an answer under way, shorter than the supervisor's patience.
GRACE_S = 5


@click.command(name="serve")
def command() -> None:
    """Serve the API and the pages. Any number of these may run; a proxy in front may share out requests and add TLS."""
    settings = load_settings()
    logs.set_up(settings.log_level)
    database = bootstrap.migrated(settings)
    host, port = settings.http_bind
    uvicorn.run(
        create_app(
            database,
            Options(secure_cookies=settings.pages.startswith("https:")),
            history=bootstrap.history(settings, database),
        ),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    database.close()
