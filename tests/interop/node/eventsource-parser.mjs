// node eventsource-parser.mjs URL COUNT: prints so many events, by fetch and the npm package eventsource-parser.
import { EventSourceParserStream } from "eventsource-parser/stream";

const [url, count] = process.argv.slice(2);
const response = await fetch(url, { headers: { accept: "text/event-stream" } });
const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
let left = Number(count);
for await (const { event, id, data } of events) {
  console.log(JSON.stringify({ type: event ?? "message", id, data }));
  if (--left === 0) break;
}
