/** Prefixes of the secrets that CCO issues: proxy keys, and access tokens of the console. */
export const PROXY_KEY_PREFIX = "cco_";
export const ACCESS_TOKEN_PREFIX = "ccoat_";

/**
 * Matches a word with one of our prefixes, or a whole secret glued to other text. Separates our credentials from
 * foreign ones.
 */
const LIKE_OWN = /(?<![\w-])cco(?:at)?_|cco(?:at)?_[\w-]{43}(?![\w-])/i;
/** Matches a whole secret: 256 random bits in base64url. A name may begin with the prefix alone. */
const WHOLE_OWN = /cco(?:at)?_[\w-]{43}/i;
const TOKEN_LIKE = /ccoat_/i;
const BASIC = /^basic\s+([A-Za-z0-9+/_-]+=*)$/i;

/** Whether text such as a header value contains one of our secrets or its prefix, also inside Basic credentials. */
export function holdsOwnSecret(text: string): boolean {
  if (LIKE_OWN.test(text)) return true;
  const [, basic] = BASIC.exec(text) ?? [];
  return basic !== undefined && LIKE_OWN.test(Buffer.from(basic, "base64").toString("latin1"));
}

/** Whether a name or a path contains a whole secret of ours. */
export const holdsWholeSecret = (text: string): boolean => WHOLE_OWN.test(text);

/** Whether text known to contain one of our secrets contains an access token, so that the refusal can name it. */
export const looksLikeAccessToken = (text: string): boolean => TOKEN_LIKE.test(text);
