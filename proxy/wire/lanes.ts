import type { Server } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { CallerLane, type LaneOwner, type LaneWaits } from "./caller-lane.ts";
import type { LaneRequest } from "./lane-request.ts";
import type { LaneResponse } from "./lane-response.ts";
import type { PlainHead } from "./request-head.ts";

/** Begins to serve a plain request and returns true, or leaves it to Node's parser. */
export type ServePlain = (
  head: PlainHead,
  socket: Socket,
  open: () => { request: LaneRequest; response: LaneResponse },
) => boolean;

const LOOK_MS = 1_000;

/** All lanes of one server. Every new connection begins as one; those that turn out to be none go to the server's own parser. */
export class Lanes {
  private readonly lanes = new Set<CallerLane>();
  private readonly sweep: NodeJS.Timeout;

  constructor(server: Server, serve: ServePlain, waits: LaneWaits) {
    const [parse] = server.listeners("connection");
    server.removeAllListeners("connection");
    const owner: LaneOwner = {
      serve,
      handOver: (socket) => parse?.call(server, socket),
      gone: (lane) => this.lanes.delete(lane),
    };
    server.on("connection", (socket: Socket) => this.lanes.add(new CallerLane(socket, owner)));
    this.sweep = setInterval(() => this.look(waits), LOOK_MS).unref();
  }

  closeIdle(): void {
    for (const lane of this.lanes) if (lane.isIdle) lane.destroy();
  }

  close(): void {
    clearInterval(this.sweep);
    for (const lane of this.lanes) lane.destroy();
  }

  private look(waits: LaneWaits): void {
    const now = performance.now();
    for (const lane of this.lanes) lane.checkWaits(now, waits);
  }
}
