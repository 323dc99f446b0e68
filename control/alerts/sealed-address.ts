import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "#core/errors.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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
 * Encrypts an address with a key derived from the session secret, bound to its channel: an incoming-webhook address is a
 * secret, and the database is read by backups and reports. Throws `request.invalid` on an installation without a secret.
 */
export function sealAddress(channelId: string, address: ChannelAddress, sessionSecret: string | null): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(sessionSecret), nonce).setAAD(Buffer.from(channelId));
  const sealed = [cipher.update(JSON.stringify(address), "utf8"), cipher.final()];
  return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString("base64");
}

/** Null for what was sealed with another secret: the channel has to be entered again. */
export function openAddress(channelId: string, text: string, sessionSecret: string | null): ChannelAddress | null {
  const sealed = Buffer.from(text, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyOf(sessionSecret), sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(channelId)).setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(plain.toString("utf8")) as ChannelAddress;
  } catch {
    return null;
  }
}

function keyOf(sessionSecret: string | null): Buffer {
  if (sessionSecret === null)
    throw new AppError("request.invalid", {}, "Channels need a session secret: set NEXTAUTH_SECRET on the server.");
  return Buffer.from(hkdfSync("sha256", sessionSecret, "", "cco alert channels", 32));
}
