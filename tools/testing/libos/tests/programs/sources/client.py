# SPDX-License-Identifier: GPL-2.0
"""Fetches URL in every way that Python has, and compares with FILE: client.py URL FILE"""

import asyncio
import multiprocessing
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

url, file = sys.argv[1:]
with open(file, "rb") as f:
    expected = f.read()


def fetch(_=None):
    with urllib.request.urlopen(url) as answer:
        return answer.read() == expected


def in_threads(count):
    results = []
    threads = [threading.Thread(target=lambda: results.append(fetch())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results.count(True)


async def stream():
    parts = urllib.parse.urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.endswith(expected)


async def streams(count):
    return (await asyncio.gather(*(stream() for _ in range(count)))).count(True)


async def process():
    cat = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    return (await cat.communicate(expected))[0] == expected


def in_subprocess(**options):
    return subprocess.run(["curl", "-sS", url], stdout=-1, check=True, **options).stdout == expected


def in_processes(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(fetch, range(4)).count(True)


if __name__ == "__main__":
    print("urllib", fetch())
    print("threads", in_threads(8))
    print("asyncio", asyncio.run(streams(8)))
    print("asyncio subprocess", asyncio.run(process()))
    print("subprocess", in_subprocess())
    print("subprocess without environment", in_subprocess(env={"PATH": "/usr/bin:/bin"}))
    for start in ("fork", "spawn", "forkserver"):
        print(start, in_processes(start))
