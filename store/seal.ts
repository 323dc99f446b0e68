import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is sealed: each has its own key, so that a value of one is none of another. The texts are in what is stored. */
type Purpose = "shared memory: values" | "alert channels";

/**
 * Encrypts values by the installation's secret, bound to their name. A reader or writer of the place where they are
 * kept cannot read a value. They cannot insert a forged one either, nor put one in the place of another.
 */
export class Seal {
  /** Distinguishes installations that share a server; reveals nothing about the secret. */
  readonly installation: string;
  private readonly key: Buffer;

  constructor(secret: string, purpose: Purpose = "shared memory: values") {
    this.key = Buffer.from(hkdfSync("sha256", secret, "", `cco ${purpose}`, 32));
    this.installation = createHmac("sha256", secret)
      .update("cco shared memory: installation")
      .digest("hex")
      .slice(0, 16);
  }

  close(name: string, value: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce).setAAD(Buffer.from(name));
    const sealed = [cipher.update(value), cipher.final()];
    return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]);
  }

  open(name: string, sealed: Buffer): Buffer | null {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  }
}
