// Uploads one large request on several connections at once, each until it is answered. A refusal because there are too
// many is tried again, as clients do, or not, with `once`. Prints what happened as one line of JSON.
//   node bench/upload.mjs URL REQUEST_FILE COUNT [once]
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const [url = "", file = "", count = "1", manner = ""] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const request = readFileSync(file);
const AGAIN_MS = 100;

/** The status of one attempt; 0 when the connection broke before an answer. */
function attempt() {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(request));
    socket.once("data", (bytes) => {
      resolve(Number(bytes.latin1Slice(9, 12)));
      socket.destroy();
    });
    socket.on("error", () => resolve(0));
    socket.on("close", () => resolve(0));
  });
}

let refused = 0;
async function upload() {
  for (;;) {
    const status = await attempt();
    if (status === 200) return;
    if (status !== 503 && status !== 0) throw new Error(`answered with ${status}`);
    refused++;
    if (manner === "once") return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

await Promise.all(Array.from({ length: Number(count) }, upload));
console.log(`UPLOADED ${JSON.stringify({ refused })}`);
