/** What the secrets that CCO issues begin with: proxy keys, and access tokens of the console. */
export const PROXY_KEY_PREFIX = "cco_";
export const ACCESS_TOKEN_PREFIX = "ccoat_";

/** A word that begins like one; or a whole one glued to what stands before it. Credentials of others are told apart by both. */
const LIKE_OWN = /(?<![\w-])cco(?:at)?_|cco(?:at)?_[\w-]{43}(?![\w-])/i;
/** A whole one: 256 random bits in base64url. Names may begin like one. */
const WHOLE_OWN = /cco(?:at)?_[\w-]{43}/i;
const TOKEN_LIKE = /ccoat_/i;
const BASIC = /^basic\s+([A-Za-z0-9+/_-]+=*)$/i;

/** Whether a header value, or any other text, holds a secret of ours or what begins like one, also inside Basic credentials. */
export function holdsOwnSecret(text: string): boolean {
  if (LIKE_OWN.test(text)) return true;
  const [, basic] = BASIC.exec(text) ?? [];
  return basic !== undefined && LIKE_OWN.test(Buffer.from(basic, "base64").toString("latin1"));
}

/** Whether a name or a path holds a whole secret of ours. */
export const holdsWholeSecret = (text: string): boolean => WHOLE_OWN.test(text);

/** Whether what is known to hold a secret of ours holds an access token, so that the refusal can say so. */
export const looksLikeAccessToken = (text: string): boolean => TOKEN_LIKE.test(text);
