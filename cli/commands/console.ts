import { hasKeptState } from "#config/kept-state-file.ts";
import { buildListenerAddress } from "#config/listener-address.ts";
import type { Parsed } from "../arguments.ts";
import type { Command } from "../command.ts";
import { consoleCommandLine } from "../console-child.ts";
import { packageRoot } from "../package-root.ts";
import { prepareDatabase } from "../prepare-database.ts";
import { consoleEnv, prepareDataDir, readRunSettings, requireFreePort, serverOptions } from "../run-settings.ts";
import { Supervisor } from "../supervisor.ts";

const help = `Examples:
  cco console --port 3001                          the console alone; proxies elsewhere name it in CCO_CONSOLE_URL

  --port <n>           CCO_PORT, 3000
  --host <address>     CCO_HOST, 127.0.0.1
  --config, --data-dir, --public-url, --log-level as for cco run

It never sees the upstream key. People should reach it through a proxy, which also guards the model traffic.`;

export const consoleCommand: Command = {
  summary: "Start the console alone",
  help,
  options: serverOptions,
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const settings = readRunSettings(parsed);
  const { dataDir, databaseUrl, port, host } = settings.proxy;
  await requireFreePort(settings.proxy, parsed);
  prepareDataDir(dataDir, settings.env);
  const setupPath = await prepareDatabase(databaseUrl, settings.env, { mustExist: hasKeptState(dataDir) });
  const publicUrl = settings.proxy.publicUrl?.origin ?? buildListenerAddress(host, port);
  const root = packageRoot();
  const supervisor = new Supervisor(parsed.output);
  supervisor.listenToSignals("console");
  const plan = {
    name: "console",
    command: consoleCommandLine(root, port, host),
    cwd: root,
    env: { ...consoleEnv(settings, port, publicUrl), HOSTNAME: host },
  };
  supervisor.keep({ plan, deathsMax: 5, finalCodes: [] });
  parsed.output.data(`Dashboard: ${publicUrl}`);
  if (setupPath !== null) parsed.output.data(`First run: open ${publicUrl}${setupPath}`);
  return supervisor.ended();
}
