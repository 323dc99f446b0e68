import { AppError } from "#core/errors.ts";
import { Seal } from "#store/seal.ts";

/** Where a channel sends, and what proves that it was CCO. */
export interface ChannelAddress {
  /** Of Slack or a webhook. */
  url?: string;
  /** Of e-mail. */
  to?: string[];
  /** Signing secrets of a webhook, the newest first; an older one signs too until `untilMs`. */
  secrets?: { secret: string; untilMs: number | null }[];
}

/**
 * Encrypts an address with a key derived from the session secret, bound to its channel. An incoming-webhook address is
 * a secret, and the database is read by backups and reports. Throws `request.invalid` on an installation without a
 * secret.
 */
export const sealAddress = (channelId: string, address: ChannelAddress, sessionSecret: string | null): string =>
  buildSeal(sessionSecret)
    .close(channelId, Buffer.from(JSON.stringify(address)))
    .toString("base64");

/** Null for what was sealed with another secret: the channel has to be entered again. */
export function openAddress(channelId: string, text: string, sessionSecret: string | null): ChannelAddress | null {
  const plain = buildSeal(sessionSecret).open(channelId, Buffer.from(text, "base64"));
  return plain === null ? null : (JSON.parse(plain.toString("utf8")) as ChannelAddress);
}

function buildSeal(sessionSecret: string | null): Seal {
  if (sessionSecret === null)
    throw new AppError("request.invalid", {}, "Channels need a session secret: set NEXTAUTH_SECRET on the server.");
  return new Seal(sessionSecret, "alert channels");
}
