"""The amqtt broker as a process: `python -m simulator.amqtt_broker PORT`. For machines without mosquitto.

It speaks MQTT 3.1.1 only, and hands retained messages of other clients' subscriptions to every client that connects
(rigs.md §1): good enough to see the demo, no broker for a site. It ends when its parent closes its standard input.
"""

from __future__ import annotations

import asyncio
import logging
import sys


async def serve(port: int) -> None:
    """Serve on loopback until standard input ends."""
    from amqtt.broker import Broker  # noqa: PLC0415 - an extra: only this process needs it

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await broker.shutdown()


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    asyncio.run(serve(int(sys.argv[1])))
