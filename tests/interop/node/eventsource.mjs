// node eventsource.mjs URL COUNT TYPE…: prints so many events, by the npm package eventsource.
import { EventSource } from "eventsource";

const [url, count, ...types] = process.argv.slice(2);
const source = new EventSource(url);
let left = Number(count);
for (const type of ["message", ...types]) {
  source.addEventListener(type, event => {
    console.log(JSON.stringify({ type: event.type, id: event.lastEventId, data: event.data }));
    if (--left === 0) source.close();
  });
}
