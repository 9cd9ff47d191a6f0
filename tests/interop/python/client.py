"""client.py URL COUNT: prints so many events, by httpx-sse."""

import json
import sys

import httpx
from httpx_sse import connect_sse

url, left = sys.argv[1], int(sys.argv[2])
with httpx.Client(timeout=20) as client, connect_sse(client, "GET", url) as source:
    for event in source.iter_sse():
        # It gives out a block that dispatches nothing by the standard (one of `retry`, or of an id) as an empty message.
        if event.event == "message" and event.data == "":
            continue
        print(json.dumps({"type": event.event, "id": event.id, "data": event.data}), flush=True)
        left -= 1
        if left == 0:
            break
