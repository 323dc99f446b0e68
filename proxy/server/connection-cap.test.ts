import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { expect, it } from "vitest";
import { ConnectionCap } from "./connection-cap.ts";

it("counts the connections of all addresses of one IPv6 network together", () => {
  const server = new EventEmitter();
  new ConnectionCap([]).watch(server as Server);
  const connect = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress,
      isDestroyed: false,
      destroy: () => {
        socket.isDestroyed = true;
      },
    });
    server.emit("connection", socket);
    return socket;
  };
  for (let n = 0; n < 2_048; n += 1) connect(`2001:db8:1:2::${n.toString(16)}`);

  expect(connect("2001:db8:1:2:ffff::1").isDestroyed).toBe(true);
  expect(connect("2001:db8:1:3::1").isDestroyed).toBe(false);
});
