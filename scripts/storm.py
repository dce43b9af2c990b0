#!/usr/bin/env python3
"""Storms of sign-ins, 1,000 a second for ten seconds each, and how long the board takes meanwhile.

    scripts/storm.py http://127.0.0.1:8080 COOKIE_OF_A_CLINICIAN

The dashboard has to be told that 127.0.0.1 is its proxy, so that a storm can come from everywhere: first all guesses come
from one address, then each from an address of its own, then so and each from a browser that says it is known.
Ends with 1 where somebody got in, an answer told nobody when to come again, a storm was too weak to count, or the board's
p99 was 200 ms or more.
"""

import asyncio
import random
import secrets
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

RATE, SECONDS, CONNECTIONS = 1_000, 10, 1_000
LIMIT = 0.2


async def answer(reader):
    """Reads one answer to its end and gives its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).strip(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    status = int(lines[0].split(" ")[1])
    assert status not in (429, 503) or "retry-after" in headers, f"{status} without Retry-After"
    return status


def request(host, method, path, headers, body=""):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


def from_one_address():
    return ["X-Forwarded-For: 198.51.100.7"]


def from_everywhere():
    return [f"X-Forwarded-For: {random.randrange(1, 224)}.{random.randrange(256)}.{random.randrange(256)}.1"]


def from_browsers_that_say_they_are_known():
    return [*from_everywhere(), f"Cookie: __Host-wardwatch-browser={secrets.token_urlsafe(32)}"]


async def guess(address, number, start, origin, sent, statuses):
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    turn = start + number / RATE
    form = ["Sec-Fetch-Site: same-origin", "Content-Type: application/x-www-form-urlencoded"]
    while turn < start + SECONDS:
        await asyncio.sleep(max(0, turn - time.monotonic()))
        guessed = f"name=name{random.randrange(10**9)}&password=guess{turn}"
        writer.write(request(address.netloc, "POST", "/sign-in", [*form, *origin()], guessed))
        sent.append(time.monotonic() - start)
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


async def storm(address, cookie, origin):
    sent, statuses, times = [], Counter(), []
    start = time.monotonic() + 0.1
    guesses = [guess(address, number, start, origin, sent, statuses) for number in range(CONNECTIONS)]
    await asyncio.gather(watch(address, cookie, start, times), *guesses)
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    rate = sum(moment < SECONDS for moment in sent) / SECONDS
    print(f"{origin.__name__}: {sum(statuses.values())} sign-ins, {rate:.0f} sent a second, answered {dict(statuses)}; "
          f"{len(times)} boards, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    return 303 not in statuses and rate > 0.9 * RATE and p99 < LIMIT


async def main():
    address, cookie = urlsplit(sys.argv[1]), sys.argv[2]
    origins = [from_one_address, from_everywhere, from_browsers_that_say_they_are_known]
    held = [await storm(address, cookie, origin) for origin in origins]
    return 0 if all(held) else 1


sys.exit(asyncio.run(main()))
