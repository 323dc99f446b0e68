import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What the network between us and a server does. It does nothing wrong, or it refuses and breaks every connection. Or
 * it takes bytes and passes none on, in either direction. Or it passes every chunk on with that delay.
 */
export type NetworkFault = "none" | "cut" | "hang" | { delayMs: number };

export interface FaultProxy {
  /** The server's address, through this network. */
  url: string;
  set(fault: NetworkFault): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A stretch of network on loopback in front of a server, with faults to set. Begins with none. Long because its connections and
 * its faults share one state.
 */
export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let fault: NetworkFault = "none";
  let listener: Server | null = null;
  let port = 0;

  const carry = (from: Socket, to: Socket) => {
    let passed: Promise<void> = Promise.resolve();
    const pass = (step: () => void) => {
      // In order, each after the one before it, as a network keeps them.
      passed = passed.then(async () => {
        if (fault === "hang") await new Promise<void>((resolve) => held.push(resolve));
        else if (typeof fault === "object") await new Promise((resolve) => setTimeout(resolve, toDelayMs(fault)));
        if (!to.destroyed) step();
      });
    };
    from.on("data", (chunk) => pass(() => to.write(chunk)));
    from.on("end", () => pass(() => to.end()));
    from.on("close", () => (fault === "hang" ? held.push(() => to.destroy()) : pass(() => to.destroy())));
    from.on("error", () => {});
  };
  const listen = () =>
    new Promise<void>((resolve) => {
      listener = createServer((near) => {
        const far = connect(Number(target.port), target.hostname);
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.setNoDelay(true);
          socket.on("close", () => sockets.delete(socket));
        }
        carry(near, far);
        carry(far, near);
      }).listen(port, "127.0.0.1", () => {
        const address = listener?.address();
        if (typeof address === "object" && address) port = address.port;
        resolve();
      });
    });
  const cut = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      if (listener === null) return resolve();
      listener.close(() => resolve());
      listener = null;
    });

  await listen();
  const through = new URL(targetUrl);
  through.port = String(port);
  return {
    url: through.toString(),
    async set(next) {
      fault = next;
      for (const release of held.splice(0)) release();
      if (next === "cut") await cut();
      else if (listener === null) await listen();
    },
    async stop() {
      for (const release of held.splice(0)) release();
      await cut();
    },
  };
}

const toDelayMs = (fault: NetworkFault): number => (typeof fault === "object" ? fault.delayMs : 0);
