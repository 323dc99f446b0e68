import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import type { ImageFolder } from "./image-folder.ts";
import { collect, until, waitForExit } from "./proxy-process.ts";

interface ImageRun {
  url: string;
  pid: number;
  output(): string;
  healthCheck(): Promise<number | null>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** A new volume, as an engine makes it: it belongs to the user of the image. */
export function newVolume(folder: string, image: ImageFolder): string {
  const volume = join(folder, "volume");
  mkdirSync(volume, { mode: 0o700 });
  const [uid = 0, gid = 0] = image.user.split(":").map(Number);
  chownSync(volume, uid, gid);
  return volume;
}

/** Starts the image on a free port and waits until it is ready. */
export async function runImage(image: ImageFolder, volume: string, env: Record<string, string>): Promise<ImageRun> {
  const port = await freePort();
  const all = { CCO_PORT: String(port), ...env };
  const child = image.start(all, volume);
  const output = collect(child);
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the image ended with ${child.exitCode}: ${output()}`);
    return output().includes("Override rules loaded: ");
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    output,
    healthCheck: () => image.healthCheck(all, volume),
    async stop() {
      child.kill("SIGTERM");
      return waitForExit(child);
    },
  };
}
