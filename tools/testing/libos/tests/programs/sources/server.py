# SPDX-License-Identifier: GPL-2.0
"""Serves the current folder with threads at port 8000, and an echo with asyncio at 7000"""

import asyncio
import http.server
import threading


async def echo(reader, writer):
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main():
    handler = http.server.SimpleHTTPRequestHandler
    web = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    server = await asyncio.start_server(echo, "0.0.0.0", 7000)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
