// Reads MCAP files with @mcap/core, CRCs checked, and compares what it finds,
// record for record, with the lines of our mcap_tool.
// usage: node mcap.mjs MCAP_TOOL SCRATCH-DIR FILE...
import { McapIndexedReader, McapStreamReader } from "@mcap/core";
import { loadDecompressHandlers } from "@mcap/support";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

const [tool, scratch, ...files] = process.argv.slice(2);
const decompressHandlers = await loadDecompressHandlers();

const bytes = (data) =>
  `${data.byteLength}:${createHash("sha256").update(data).digest("hex")}`;
const map = (entries) =>
  [...entries].map(([key, value]) => ` ${key}= ${value}`).join("");

function line(record) {
  return fields(record)?.replaceAll("\n", "|");
}

function fields(record) {
  switch (record.type) {
    case "Schema":
      return `schema ${record.id} ${record.name} ${record.encoding} ` +
        bytes(record.data);
    case "Channel":
      return `channel ${record.id} ${record.schemaId} ${record.topic} ` +
        record.messageEncoding + map(record.metadata);
    case "Message":
      return `message ${record.channelId} ${record.sequence} ` +
        `${record.logTime} ${record.publishTime} ${bytes(record.data)}`;
    case "Attachment":
      return `attachment ${record.logTime} ${record.createTime} ` +
        `${record.name} ${record.mediaType} ${bytes(record.data)}`;
    case "Metadata":
      return `metadata ${record.name}${map(record.metadata)}`;
    default:
      return undefined;
  }
}

function theirStream(data) {
  const reader = new McapStreamReader({ decompressHandlers,
    validateCrcs: true });
  const lines = [];
  let isSummary = false;
  reader.append(data);
  for (let record; (record = reader.nextRecord()); ) {
    isSummary ||= record.type === "DataEnd";
    const text = isSummary ? undefined : line(record);
    if (text != undefined) lines.push(text);
  }
  if (!reader.done()) throw new Error("@mcap/core: not a whole file");
  return lines;
}

async function theirIndex(data) {
  const readable = {
    size: async () => BigInt(data.byteLength),
    read: async (offset, length) =>
      data.subarray(Number(offset), Number(offset + length)),
  };
  const reader = await McapIndexedReader.Initialize({ readable,
    decompressHandlers });
  const lines = [];
  for await (const message of reader.readMessages({ validateCrcs: true }))
    lines.push(line(message));
  return lines;
}

const ours = (...args) =>
  execFileSync(tool, args, { encoding: "utf8", maxBuffer: 1 << 28 })
    .split("\n").filter((text) => text !== "");

const times = (lines) => lines.map((text) => BigInt(text.split(" ")[3]));

function compare(what, ourLines, theirLines) {
  const at = theirLines.findIndex((text, i) => text !== ourLines[i]);
  if (at < 0 && ourLines.length === theirLines.length) return;
  console.log(`${what}: ${ourLines.length} lines of ours, ` +
    `${theirLines.length} of @mcap/core; first difference:`);
  const where = at < 0 ? theirLines.length : at;
  console.log(`  ours:   ${ourLines[where]}\n  theirs: ${theirLines[where]}`);
  process.exit(1);
}

// What a file holds: definitions may stand in it more than once.
const held = (lines) => {
  const isDefinition = (text) => /^(schema|channel) /.test(text);
  return [...new Set(lines.filter(isDefinition)),
    ...lines.filter((text) => !isDefinition(text))].sort();
};

// One file, read both ways by both; returns the number of messages.
async function agree(path) {
  const data = new Uint8Array(readFileSync(path));
  const stream = ours("stream", path);
  compare(`${path}, streamed`, stream, theirStream(data));
  const messages = stream.filter((text) => text.startsWith("message"));
  const index = ours("index", path);
  const inOrder = times(index).every((time, i, all) =>
    i === 0 || all[i - 1] <= time);
  if (!inOrder) throw new Error(`${path}: ours are not by time`);
  // Who comes first at one time is not said.
  compare(`${path}, indexed`, [...index].sort(),
    (await theirIndex(data)).sort());
  compare(`${path}, both ways`, [...index].sort(), messages.sort());
  return messages.length;
}

let total = 0;
for (const path of files) {
  const count = await agree(path);
  console.log(`${basename(path)}: ${count} messages, all the same`);
  total += count;
  for (const [compression, chunk] of [["zstd", 1 << 20], ["zstd", 1000],
    ["lz4", 5000], ["plain", 1 << 16]]) {
    const copy = join(scratch, "copy.mcap");
    ours("copy", path, copy, compression, String(chunk));
    await agree(copy);
    compare(`${path}, written as ${compression}`,
      held(ours("stream", copy)), held(ours("stream", path)));
  }
}
console.log(`${files.length} files, ${total} messages: read alike by us and ` +
  "@mcap/core, also as we write them (zstd, lz4, plain)");
