// node express.mjs PORT: an event stream as people write it. Each connection gets four events and is then closed; there are twelve.
import express from "express";

const app = express();
const last = 12;

app.get("/events", (request, response) => {
  response.setHeader("Content-Type", "text/event-stream");
  response.setHeader("Cache-Control", "no-cache");
  response.setHeader("Connection", "keep-alive");
  response.flushHeaders();
  response.write("retry: 150\n\n");
  let id = Number(request.headers["last-event-id"] ?? 0);
  if (id >= last) return response.end();
  const heartbeat = setInterval(() => response.write(": heartbeat\n\n"), 20);
  let sent = 0;
  const events = setInterval(() => {
    id++;
    response.write("event: priceUpdate\n");
    response.write(`id: ${id}\n`);
    // Written apart, so that they may come apart.
    response.write(`data: ${JSON.stringify({ symbol: "AAPL", price: id / 2 })}\n`);
    response.write(`data: line two, ünïcode 👋\n\n`);
    if (++sent === 4 || id === last) {
      // The last event of the first connection is cut off, and comes again.
      if (id === 4) response.write("event: priceUpdate\nid: 5\ndata: cut");
      response.end();
    }
  }, 30);
  response.on("close", () => {
    clearInterval(heartbeat);
    clearInterval(events);
  });
});

app.listen(Number(process.argv[2]), "127.0.0.1");
