// Reads lines of JSON, each an array of chunks in base64, and answers each with the events that eventsource-parser sees in them, as
// arrays of type, data and id. The first line of the answer is the version.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createParser } from 'eventsource-parser'

const manifest = new URL('./node_modules/eventsource-parser/package.json', import.meta.url)
process.stdout.write(JSON.parse(readFileSync(manifest)).version + '\n')
for await (const line of createInterface({ input: process.stdin })) {
  const events = []
  const parser = createParser({ onEvent: ({ event, data, id }) => events.push([event || 'message', data, id ?? '']) })
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for (const chunk of JSON.parse(line)) parser.feed(decoder.decode(Buffer.from(chunk, 'base64'), { stream: true }))
  process.stdout.write(JSON.stringify(events) + '\n')
}
