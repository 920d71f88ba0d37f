"""Makes OGX's database, before more than one worker would."""

import asyncio

from ogx.core.server.server import create_app


async def start_and_stop():
    app = create_app()
    async with app.router.lifespan_context(app):
        pass


asyncio.run(start_and_stop())
