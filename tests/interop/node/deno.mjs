// deno run --allow-net deno.mjs URL COUNT TYPE…: prints so many events, by the EventSource that Deno has.
const [url, count, ...types] = Deno.args;
const source = new EventSource(url);
let left = Number(count);
for (const type of ["message", ...types.filter(type => type)]) {
  source.addEventListener(type, event => {
    console.log(JSON.stringify({ type: event.type, id: event.lastEventId, data: event.data }));
    if (--left === 0) source.close();
  });
}
