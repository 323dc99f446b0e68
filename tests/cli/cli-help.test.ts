import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { parseArguments } from "#cli/arguments.ts";
import { commands } from "#cli/commands.ts";
import { refuseUnreadFlags } from "#cli/unread-words.ts";
import { ENVIRONMENT } from "#config/environment.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { finished } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// Long because each of its tests asks every command.
const shown = Object.entries(commands).filter(([, { isHidden }]) => !isHidden);

describe("a command of `cco`", () => {
  it.each(readdirSync("cli/commands").map((file) => file.replace(/\.ts$/, "")))("%s is registered", (name) => {
    expect(Object.keys(commands)).toContain(name);
  });

  it.each(Object.entries(commands))(
    "%s has help that opens with examples and names each of its flags",
    (_, command) => {
      expect(command.help).toMatch(/^Examples:\n {2}(\S+ )*cco|^Examples:\n {2}.*\| cco/);
      for (const flag of Object.keys(command.options)) expect(command.help).toMatch(flagPattern(flag, command.options));
      for (const verb of command.verbs ?? []) expect(command.help).toContain(verb);
    },
  );
});

/** As `--flag`, or as the one letter it has. */
const flagPattern = (flag: string, options: (typeof commands)[string]["options"]): RegExp => {
  const short = options[flag]?.short;
  return new RegExp(short === undefined ? `--${flag}\\b` : `--${flag}\\b|\\s-${short}\\b`);
};

describe("cco help", () => {
  it("lists every command with its summary, also without a command", async () => {
    const { code, stdout } = await finished([]);

    expect(code).toBe(0);
    for (const [name, { summary }] of shown)
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +${escaped(summary)}$`, "m"));
  });

  it("explains every exit code", async () => {
    const { stdout } = await ccoHere([]);
    const [, list = ""] = /Exit codes:\n([\s\S]*)$/.exec(stdout) ?? [];

    expect([...list.matchAll(/^ +(\d+) {2}\S/gm)].map(([, code]) => Number(code))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 69, 70, 71, 73, 77, 98, 130,
    ]);
    expect(list).toMatch(/^ +73 .*folder is missing or full/m);
  });

  it("leaves standard output to data where a command with --json lacks its verb", async () => {
    const verbs = Object.entries(commands).filter(
      ([, { verbs = [], options }]) => verbs.length > 0 && "json" in options,
    );
    // Without a verb these do something.
    const complete = ["backup", "cost", "verify"];
    for (const [name] of verbs.filter(([name]) => !complete.includes(name))) {
      const { code, stdout, stderr } = await ccoHere([name, "--json"]);
      expect([name, code, stdout]).toEqual([name, 2, ""]);
      expect(JSON.parse(stderr)).toMatchObject({ error: { message: expect.stringContaining("needs one of: ") } });
    }
    expect(verbs.length).toBeGreaterThan(4);
  });

  it("names the command or flag that was probably meant", async () => {
    expect(await finished(["valdate"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean cco validate?"),
    });
    expect(await ccoHere(["verify", "--rebiuld"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean --rebuild?"),
    });
  });
});

describe("a word too many", () => {
  const words = (most: number) => Array.from({ length: most + 1 }, (_, at) => `word${at}`);
  const cases = Object.entries(commands).flatMap(([name, { words: taken = 0 }]) =>
    typeof taken === "number"
      ? [[name, ...words(taken)]]
      : Object.entries(taken).map(([verb, most]) => [name, verb, ...words(most)]),
  );

  it.each(cases.map((words) => [words.join(" "), words] as const))("is a wrong use: cco %s", async (_, words) => {
    expect(await ccoHere([...words], { CCO_DATA_DIR: scratchFolder() })).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`"${words.at(-1)}" is one word too many`),
    });
  });

  it("is counted for each verb", () => {
    for (const { verbs = [], words: taken = 0 } of Object.values(commands))
      if (typeof taken !== "number") expect(Object.keys(taken)).toEqual([...verbs]);
  });
});

describe("a command that works on this machine's database", () => {
  const words = [
    ["backup"],
    ["backup", "list"],
    ["restore", "some.tar.gz", "--yes"],
    ["verify"],
    ["alerts", "watch"],
    ["retention", "status"],
  ];

  it.each(words.map((one) => [one.join(" "), one] as const))(
    "is refused where CCO_URL names a server: cco %s",
    async (_, given) => {
      const env = { CCO_URL: "http://127.0.0.1:9", CCO_TOKEN: "ccoat_x", CCO_DATA_DIR: scratchFolder() };
      expect(await ccoHere([...given], env)).toEqual({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(/needs the database itself, and cannot ask the server of CCO_URL\n.*--data-dir/),
      });
    },
  );
});

it.each([
  [["users", "list"], { CCO_SMTP_URL: "nonsense" }],
  [["backup"], { CCO_PUBLIC_URL: "nonsense" }],
  [["alerts", "watch"], { CCO_SMTP_URL: "nonsense" }],
  [["alerts", "watch"], { DATABASE_URL: "mysql://x" }],
  [["retention", "status"], { DATABASE_URL: "mysql://x" }],
])("says of a wrong setting which one, and ends with 3: cco %j with %j", async (words, env) => {
  const [name = ""] = Object.keys(env);
  expect(await ccoHere(words, { CCO_DATA_DIR: scratchFolder(), ...env })).toEqual({
    code: 3,
    stdout: "",
    stderr: expect.stringContaining(`error: ${name}`),
  });
});

describe("a flag of another verb", () => {
  const cases = Object.entries(commands).flatMap(([name, { verbs = [], options, flagsOf = {} }]) =>
    Object.entries(flagsOf).flatMap(([flag, readers]) =>
      [...verbs, ""]
        .filter((verb) => !readers.includes(verb) && (verb !== "" || readers.length > 0))
        .map((verb) => [
          name,
          ...(verb === "" ? [] : [verb]),
          `--${flag}${options[flag]?.type === "string" ? "=1" : ""}`,
        ]),
    ),
  );

  it("is a wrong use, with the verbs it belongs to, and nothing is done", async () => {
    expect(cases.length).toBeGreaterThan(40);
    for (const words of [["rules", "rollback", "--dry-run", "-y"], ["backup", "list", "--keep", "3"], cases[0] ?? []]) {
      const flag = words.find((word) => word.startsWith("--"))?.split("=")[0] ?? "";
      expect(await ccoHere(words, { CCO_DATA_DIR: scratchFolder() })).toEqual({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(new RegExp(`does not take ${flag}.*\n?.*it belongs to cco ${words[0]}`)),
      });
    }
  });

  it.each(cases.map((words) => [words.join(" "), words] as const))("is refused: cco %s", (_, words) => {
    const [name = "", ...args] = words;
    const command = commands[name];
    const parsed = command && parseArguments(args, command.options, name);
    if (!command || !parsed) throw new Error(name);
    expect(() => refuseUnreadFlags(name, command, parsed)).toThrow("does not take --");
  });

  it("names only flags and verbs that exist", () => {
    for (const { verbs = [], options, flagsOf = {} } of Object.values(commands))
      for (const [flag, readers] of Object.entries(flagsOf)) {
        expect(Object.keys(options)).toContain(flag);
        expect(["", ...verbs]).toEqual(expect.arrayContaining([...readers]));
      }
  });
});

it("carries out a command, and ends with its code, when nothing reads what it says to a person", () => {
  const run = (...args: string[]) => {
    const command = [process.execPath, "bin/cco.mjs", ...args].map((word) => `'${word}'`).join(" ");
    return execFileSync("bash", [
      "-c",
      `{ sleep 0.2; ${command} 2>&1 >"$1"; echo $? >"$2"; } | true`,
      "bash",
      out,
      code,
    ]);
  };
  const out = join(scratchFolder(), "out");
  const code = join(scratchFolder(), "code");
  run("valdate");
  const unknown = readFileSync(code, "utf8");
  run("backup", "list", "--to", scratchFolder());

  expect([unknown, readFileSync(code, "utf8")]).toEqual(["2\n", "0\n"]);
});

describe("an error that no command expects", () => {
  /** `cco help` on a standard output whose every write fails with an error of two lines. */
  const fails = 'process.stdout.write = () => { throw new Error("the first line\\nthe second line") }';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fails)}` };

  it("ends with the code of a crash and its own first line", async () => {
    expect(await finished(["help"], env)).toEqual({ code: 70, stdout: "", stderr: "error: the first line\n" });
  });

  it("is one line of JSON with --json", async () => {
    const { code, stderr } = await finished(["backup", "list", "--json"], { ...env, CCO_DATA_DIR: scratchFolder() });

    expect([code, JSON.parse(stderr)]).toEqual([
      70,
      { schema_version: 1, error: { code: "crash", message: "the first line", fix: null, url: null } },
    ]);
  });
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

describe("cco completion", () => {
  /** What bash would offer for a line whose last word is being written. */
  async function offered(...words: string[]): Promise<string[]> {
    const { stdout } = await ccoHere(["completion", "bash"]);
    const file = join(scratchFolder(), "cco.bash");
    const line = words.map((word) => `'${word}'`).join(" ");
    writeFileSync(
      file,
      `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _cco; printf '%s\\n' "\${COMPREPLY[@]}"\n`,
    );
    return execFileSync("bash", ["--norc", file], { encoding: "utf8" }).split("\n").filter(Boolean);
  }

  it("offers commands, their first words and their flags in bash", async () => {
    expect(await offered("cco", "val")).toEqual(["validate"]);
    expect(await offered("cco", "rules", "ro")).toEqual(["rollback"]);
    expect(await offered("cco", "verify", "--re")).toEqual(["--rebuild"]);
  });

  it("names every command in the scripts of zsh and fish, and refuses another shell", async () => {
    for (const shell of ["zsh", "fish"]) {
      const { stdout } = await ccoHere(["completion", shell]);
      for (const [name] of shown) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
    }
    expect(await ccoHere(["completion", "csh"])).toMatchObject({ code: 2 });
  });
});

describe("cco env", () => {
  it("names every variable and where it comes from, and never a value", async () => {
    const { stdout } = await ccoHere(["env", "--json"], { CCO_PORT: "3999", ANTHROPIC_API_KEY_FILE: "/run/secret" });
    const { variables } = JSON.parse(stdout) as { variables: { name: string; source: string | null }[] };
    const source = (name: string) => variables.find((one) => one.name === name)?.source;

    expect(variables.map(({ name }) => name)).toEqual(
      Object.values(ENVIRONMENT)
        .flat()
        .map(({ name }) => name),
    );
    expect([source("CCO_PORT"), source("ANTHROPIC_API_KEY"), source("DATABASE_URL")]).toEqual([
      "environment",
      "file",
      null,
    ]);
    expect(stdout).not.toMatch(/3999|run\/secret/);
  });
});
