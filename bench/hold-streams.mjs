// Opens many streams together and holds them all, reading every byte. Prints `HOLDING n` when each has begun, and
// `LOST` for each one that ends.
//   node bench/hold-streams.mjs URL REQUEST_FILE COUNT
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const [url = "", file = "", count = "1"] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const request = readFileSync(file);
/** Number of streams opened concurrently: a team's streams do not begin in the same millisecond either. */
const OPENING = 16;

/** Resolves when the stream has begun; the connection stays. */
function open() {
  return new Promise((resolve) => {
    let head = "";
    let hasBegun = false;
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(request));
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      if (hasBegun) return;
      head += text;
      if (!head.includes("event: message_start")) return;
      hasBegun = true;
      resolve();
    });
    socket.on("error", (problem) => console.log(`LOST ${problem.message}`));
    socket.on("end", () => console.log(`LOST ${head.slice(0, 200)}`));
  });
}

let left = Number(count);
async function openSome() {
  while (left > 0) {
    left--;
    await open();
  }
}
await Promise.all(Array.from({ length: OPENING }, openSome));
console.log(`HOLDING ${count}`);
