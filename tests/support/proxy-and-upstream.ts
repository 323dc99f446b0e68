import { type ProxyProcess, removeData, startProxy } from "./proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "./scripted-upstream.ts";

/** A proxy process in front of a provider that answers as a test says. `end` leaves no process and no folder behind. */
export async function startProxyAndUpstream(
  rules: string,
): Promise<{ upstream: ScriptedUpstream; proxy: ProxyProcess; end(): Promise<void> }> {
  const upstream = await startScriptedUpstream();
  const proxy = await startProxy({ upstreamUrl: upstream.url, rules });
  const end = async () => {
    await proxy.stop();
    await upstream.close();
    removeData(proxy);
  };
  return { upstream, proxy, end };
}
