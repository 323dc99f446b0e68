// Preloaded into a third-party server without a choice of address: binds every listener to loopback.
import { Server } from "node:net";

const { listen } = Server.prototype;
Server.prototype.listen = function listenHere(port, ...rest) {
  if (typeof port !== "number") return listen.call(this, port, ...rest);
  const listening = rest.find((argument) => typeof argument === "function");
  return listen.call(this, { port, host: "127.0.0.1" }, listening);
};
