// node firefox.mjs URL COUNT TYPES: what an EventSource in Firefox makes of URL/0, URL/1 and so on, as JSON. TYPES is a list in JSON.
import puppeteer from "puppeteer-core";

const [url, count, types] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true });
try {
  const page = await browser.newPage();
  await page.goto(url);
  const read = async (number, types) => new Promise(resolve => {
    const events = [], source = new EventSource("/" + number);
    // The browser has events of its own that are called `open` and `error`.
    const see = e => "data" in e && events.push({ type: e.type, id: e.lastEventId, data: e.data });
    for (const type of types) source.addEventListener(type, see);
    source.addEventListener("error", e => { if (!("data" in e)) { source.close(); resolve(events); } });
  });
  const all = [];
  for (let number = 0; number < Number(count); number++) all.push(await page.evaluate(read, number, JSON.parse(types)));
  console.log(JSON.stringify(all));
} finally {
  await browser.close();
}
