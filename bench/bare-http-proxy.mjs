// Bare http-proxy, as many home-made gateways use it: no guard, no decision, no event.
import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy";

const proxy = httpProxy.createProxyServer({
  target: process.env.BENCH_UPSTREAM,
  agent: new Agent({ keepAlive: true }),
});
proxy.on("error", (_error, _request, response) => response.destroy());
const server = createServer((request, response) => proxy.web(request, response));
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
