import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { execForm, type Instruction, readEnvironment, type Stage } from "./dockerfile.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What a build needs to reach the package registry as this machine does. */
const REGISTRY_SETTINGS = /^(npm_config_|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS$)/i;
/**
 * Makes a folder the root of a mount namespace that ends with the process. `$1` is the folder, `$2` one with `node` and
 * `npm`. `$3` is "build" (the caches of root are shared) or "read-only" (only the volume `$4` and /tmp can be written).
 */
const ENTER = `
set -eu
root=$1; tools=$2; how=$3; volume=$4; shift 4
mount --bind "$root" "$root"
mount --bind /usr "$root/usr"
mount -o remount,bind,ro "$root/usr"
mount --bind "$tools" "$root/usr/local/bin"
mount --bind /etc/ssl "$root/etc/ssl"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
if [ "$how" = build ]; then mount --bind /root "$root/root"; else
    mkdir -p "$root$volume"
    mount --bind "$root.volume" "$root$volume"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -o remount,bind,ro "$root"
fi
exec chroot "$@"
`;

/**
 * Carries out the instructions of an image stage in a folder, as an engine would in a layer. The base image is this
 * machine's `/usr` (read-only) with the Node of `tools` and an `/etc` of root only. Needs root.
 */
export class ImageFolder {
  private workdir = "/";
  user = "0:0";
  volume = "";

  constructor(
    readonly folder: string,
    /** Holds `node` and `npm`. */
    private readonly tools: string,
    private readonly stage: Stage,
  ) {
    if (process.getuid?.() !== 0) throw new Error("A Dockerfile is carried out by root only: run this test as root.");
    for (const name of ["usr", "proc", "dev", "root", "run", "var/lib", "etc/ssl", "tmp"])
      mkdirSync(join(folder, name), { recursive: true });
    chmodSync(join(folder, "tmp"), 0o1777);
    for (const name of ["bin", "lib", "lib64", "sbin"]) symlinkSync(`usr/${name}`, join(folder, name));
    const etc = {
      passwd: "root:x:0:0:root:/root:/bin/sh\n",
      group: "root:x:0:\n",
      shadow: "root:*:19000:0:99999:7:::\n",
      gshadow: "root:*::\n",
      "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    };
    for (const [name, text] of Object.entries(etc)) writeFileSync(join(folder, "etc", name), text);
    for (const name of ["resolv.conf", "hosts", "login.defs"])
      if (existsSync(`/etc/${name}`)) writeFileSync(join(folder, "etc", name), readFileSync(`/etc/${name}`));
  }

  /** `sources`: the folder each `--from` means, and the files of the context under "". */
  build(context: { root: string; files: readonly string[] }, from: Readonly<Record<string, string>>): void {
    for (const instruction of this.stage.instructions) {
      const { word, rest, flags } = instruction;
      if (word === "WORKDIR") {
        this.workdir = rest;
        mkdirSync(this.inside(rest), { recursive: true });
      } else if (word === "USER") this.user = rest;
      else if (word === "VOLUME") this.volume = rest;
      else if (word === "COPY" && flags.from === undefined) this.copyContext(instruction, context);
      else if (word === "COPY") this.copyFolder(instruction, from[flags.from ?? ""] ?? "");
      else if (word === "RUN") this.run(rest);
    }
  }

  /** Starts what an engine would: entry point and command as the last user, read-only but for the volume. */
  start(env: Record<string, string>, volumeFolder: string): ChildProcess {
    const find = (word: string) => this.stage.instructions.findLast((each) => each.word === word);
    const command = [find("ENTRYPOINT"), find("CMD")].flatMap((found) => (found ? execForm(found) : []));
    return this.enter("read-only", command, env, volumeFolder);
  }

  /** The exit code of the health check in a container of this image that shares this machine's network. */
  async healthCheck(env: Record<string, string>, volumeFolder: string): Promise<number | null> {
    const { rest = "" } = this.stage.instructions.findLast(({ word }) => word === "HEALTHCHECK") ?? {};
    const child = this.enter("read-only", execForm({ rest: rest.replace(/^.*?CMD /, "") }), env, volumeFolder);
    return new Promise((done) => child.once("exit", done));
  }

  /** A program in a container of this image. */
  enter(how: "build" | "read-only", command: string[], env: Record<string, string>, volumeFolder = "-"): ChildProcess {
    const link = `${this.folder}.volume`;
    if (how === "read-only" && !existsSync(link)) symlinkSync(volumeFolder, link);
    const passed = Object.entries({
      PATH,
      HOME: how === "build" ? "/root" : this.volume,
      ...readEnvironment(this.stage),
      ...env,
    });
    const inside = ["env", "-i", "-C", this.workdir, ...passed.map(([name, value]) => `${name}=${value}`), ...command];
    const user = [`--userspec=${this.user}`, "--groups=", this.folder];
    const args = ["sh", "-c", ENTER, "enter", this.folder, this.tools, how, this.volume, ...user, ...inside];
    return spawn("unshare", ["-m", "--propagation", "private", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  }

  private run(script: string): void {
    const registry = Object.entries(process.env).filter(([name]) => REGISTRY_SETTINGS.test(name));
    const env = Object.fromEntries(registry.map(([name, value]) => [name, value ?? ""]));
    const passed = Object.entries({ PATH, HOME: "/root", ...readEnvironment(this.stage), ...env });
    const inside = ["env", "-i", "-C", this.workdir, ...passed.map(([name, value]) => `${name}=${value}`)];
    const args = ["sh", "-c", ENTER, "enter", this.folder, this.tools, "build", "-", this.folder, ...inside];
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      ["-m", "--propagation", "private", ...args, "/bin/sh", "-c", script],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`RUN ${script} ended with ${status}:\n${stdout}${stderr}`);
  }

  private copyContext({ rest }: Instruction, { root, files }: { root: string; files: readonly string[] }): void {
    const { sources, target } = this.places(rest);
    for (const source of sources) {
      const wanted = source === "." ? files : files.filter((file) => file === source || file.startsWith(`${source}/`));
      if (wanted.length === 0) throw new Error(`COPY ${source}: not in the context`);
      for (const file of wanted) {
        const isFile = file === source;
        const place = isFile
          ? fileTarget(source, target, sources.length)
          : join(target, source === "." ? file : file.slice(source.length + 1));
        mkdirSync(dirname(place), { recursive: true });
        cpSync(join(root, file), place);
      }
    }
  }

  private copyFolder({ rest }: Instruction, from: string): void {
    const { sources, target } = this.places(rest);
    for (const source of sources) {
      const path = join(from, source);
      const place = statSync(path).isDirectory() ? target : fileTarget(source, target, sources.length);
      mkdirSync(dirname(place), { recursive: true });
      // Hard links where the file system allows it: the packages are a gigabyte.
      const linked = spawnSync("cp", ["-alT", path, place]);
      if (linked.status !== 0 && spawnSync("cp", ["-aT", path, place]).status !== 0)
        throw new Error(`COPY ${source} failed`);
    }
  }

  private places(rest: string): { sources: string[]; target: string } {
    const words = rest.split(/\s+/);
    const target = words.pop() ?? "";
    const place = this.inside(resolve(this.workdir, target));
    return { sources: words, target: target.endsWith("/") ? `${place}/` : place };
  }

  private inside(path: string): string {
    return join(this.folder, path);
  }
}

const fileTarget = (source: string, target: string, count: number): string =>
  count > 1 || target.endsWith("/") ? join(target, basename(source)) : target;
