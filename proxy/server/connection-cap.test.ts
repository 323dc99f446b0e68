import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { expect, it } from "vitest";
import { TrustedProxies } from "#config/trusted-proxies.ts";
import { ConnectionCap } from "./connection-cap.ts";

/** Connects from an address, and says whether that is refused. */
function startCap() {
  const server = new EventEmitter();
  new ConnectionCap(new TrustedProxies([])).watch(server as Server);
  return (remoteAddress: string) => {
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
}

it("counts the connections of all addresses of one IPv6 network together", () => {
  const connect = startCap();
  for (let n = 0; n < 2_048; n += 1) connect(`2001:db8:1:2::${n.toString(16)}`);

  expect(connect("2001:db8:1:2:ffff::1").isDestroyed).toBe(true);
  expect(connect("2001:db8:1:3::1").isDestroyed).toBe(false);
});

it("counts the networks of one IPv6 site together, twice as many, until they are closed", () => {
  const connect = startCap();
  const open = Array.from({ length: 4_096 }, (_, n) => connect(`2001:db8:1:${(n % 256).toString(16)}::1`));

  expect(open.some(({ isDestroyed }) => isDestroyed)).toBe(false);
  expect(connect("2001:db8:1:ffff::1").isDestroyed).toBe(true);
  expect(connect("2001:db8:2:1::1").isDestroyed).toBe(false);
  for (const socket of open.slice(0, 2)) socket.emit("close");
  expect(connect("2001:db8:1:ffff::1").isDestroyed).toBe(false);
});
