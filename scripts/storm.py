#!/usr/bin/env python3
"""A storm of sign-ins, 1,000 a second for ten seconds from one address, and how long the board takes meanwhile.

    scripts/storm.py http://127.0.0.1:8080 COOKIE_OF_A_CLINICIAN

Ends with 1 where somebody got in, the storm was too weak to count, or the board's p99 was 200 ms or more.
"""

import asyncio
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

RATE, SECONDS, CONNECTIONS = 1_000, 10, 25
LIMIT = 0.2


async def answer(reader):
    """Reads one answer to its end and gives its status; whether the connection goes on."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).strip(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return int(lines[0].split(" ")[1])


def request(host, method, path, headers, body=""):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


async def guess(address, number, start, statuses):
    host = address.netloc
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    turn = start + number / RATE
    headers = ["Sec-Fetch-Site: same-origin", "Content-Type: application/x-www-form-urlencoded"]
    while turn < start + SECONDS:
        await asyncio.sleep(max(0, turn - time.monotonic()))
        writer.write(request(host, "POST", "/sign-in", headers, f"name=name{number}&password=guess{turn}"))
        statuses[await answer(reader)] += 1
        turn += CONNECTIONS / RATE
    writer.close()


async def watch(address, cookie, start, times):
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    while time.monotonic() < start + SECONDS:
        asked = time.monotonic()
        writer.write(request(address.netloc, "GET", "/", [f"Cookie: {cookie}"]))
        status = await answer(reader)
        times.append(time.monotonic() - asked)
        assert status == 200, f"the board answers {status}"
        await asyncio.sleep(0.02)
    writer.close()


async def main():
    address, cookie = urlsplit(sys.argv[1]), sys.argv[2]
    statuses, times = Counter(), []
    start = time.monotonic() + 0.1
    storm = [guess(address, number, start, statuses) for number in range(CONNECTIONS)]
    await asyncio.gather(watch(address, cookie, start, times), *storm)
    took = time.monotonic() - start
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    rate = sum(statuses.values()) / took
    print(f"{sum(statuses.values())} sign-ins, {rate:.0f} a second, answered {dict(statuses)}; "
          f"{len(times)} boards, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    return 0 if 303 not in statuses and rate > 0.9 * RATE and p99 < LIMIT else 1


sys.exit(asyncio.run(main()))
