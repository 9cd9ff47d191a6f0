// node fanout.mjs: the same as src/bin/fanout.rs, by better-sse.
import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";

const channel = createChannel();

const server = createServer(async (request, response) => {
  const start = request.url.match(/^\/start\/(\d+)\/(\d+)$/);
  if (!start) return channel.register(await createSession(request, response));
  const [rate, seconds] = [Number(start[1]), Number(start[2])];
  let number = 0;
  const began = performance.now();
  const publish = () => {
    const data = { symbol: "AAPL", price: 189.5, number };
    channel.broadcast(data, "priceUpdate", { eventId: `1-${++number}` });
    // (An interval would begin anew after each broadcast.)
    if (number < rate * seconds) setTimeout(publish, Math.max(0, began + (number * 1000) / rate - performance.now()));
  };
  publish();
  response.end();
});

server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => console.log(`127.0.0.1:${server.address().port}`));
