"""server.py PORT: a FastAPI server with sse-starlette. Lines end in CRLF, and there are heartbeats of its own."""

import asyncio
import json
import sys

import uvicorn
from fastapi import FastAPI, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

app = FastAPI()
LAST = 12


@app.get("/events")
async def events(request: Request):
    async def generate():
        start = int(request.headers.get("last-event-id", 0))
        for id in range(start + 1, min(start + 4, LAST) + 1):
            await asyncio.sleep(0.05)
            data = json.dumps({"symbol": "AAPL", "price": id / 2}) + "\nline two, ünïcode 👋"
            yield ServerSentEvent(data=data, event="priceUpdate", id=str(id), retry=150, comment=f"number {id}")

    return EventSourceResponse(generate(), ping=0.02)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
