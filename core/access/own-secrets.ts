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
/** Matches the same, a credential of the provider, and a signed token with its claims. None of them may be written down. */
const WHOLE_ANY = /cco(?:at)?_[\w-]{43}|sk-ant-[\w-]{4}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}/i;
/**
 * A word that may have a whole one in its middle. The provider's own credentials begin with `sk-` and are random; of
 * other random words this long, one in 80,000 looks like it.
 */
const GLUED_WORD = /(?<![\w-])(?!sk-)[\w-]{47,256}(?![\w-])/g;
const GLUED_MIN = 47;
const GLUED_OWN = /cco(?:at)?_[\w-]{43}/;
const TOKEN_LIKE = /ccoat_/i;
const BASIC = /\bbasic[\s"']+([A-Za-z0-9+/_-]+)/i;
const ESCAPE = /%([0-9a-f]{2})/gi;
/** Text as long as a whole one is, as base64 writes it. */
const BASE64 = /[A-Za-z0-9+/_-]{60,}/g;
const BASE64_MIN = 60;
/** Base64 within percent escapes within base64, and no deeper. */
const LAYERS_MAX = 3;

/**
 * Whether a header value, or any other text, holds a secret of ours or what begins like one. It is also found glued to
 * other words, or inside Basic credentials. A whole one is found anywhere behind percent escapes and base64.
 */
export const holdsOwnSecret = (text: string): boolean =>
  looksOwn(text, LAYERS_MAX) || isHidden(text, WHOLE_OWN, LAYERS_MAX);

function looksOwn(text: string, layers: number): boolean {
  if (LIKE_OWN.test(text)) return true;
  if (text.length >= GLUED_MIN) for (const [word] of text.matchAll(GLUED_WORD)) if (GLUED_OWN.test(word)) return true;
  if (layers === 0) return false;
  const basic = BASIC.exec(text)?.[1];
  if (basic !== undefined && looksOwn(fromBase64(basic), layers - 1)) return true;
  return text.includes("%") && looksOwn(unescaped(text), layers - 1);
}

/**
 * Whether a name or a path holds a whole secret of ours. It is found as it is, or behind percent escapes and base64.
 */
export const holdsWholeSecret = (text: string): boolean =>
  WHOLE_OWN.test(text) || isHidden(text, WHOLE_OWN, LAYERS_MAX);

/**
 * Whether a text that would be recorded holds a secret. That is one of ours, a credential of the provider, or a signed
 * token, found as it is, or behind percent escapes and base64.
 */
export const holdsAnySecret = (text: string): boolean => WHOLE_ANY.test(text) || isHidden(text, WHOLE_ANY, LAYERS_MAX);

function isHidden(text: string, secret: RegExp, layers: number): boolean {
  // Names are short. The search below makes a copy of its pattern for each of them.
  if (layers === 0 || (text.length < BASE64_MIN && !text.includes("%"))) return false;
  const plain = text.includes("%") ? unescaped(text) : text;
  if (plain !== text && (secret.test(plain) || isHidden(plain, secret, layers - 1))) return true;
  for (const [run] of text.matchAll(BASE64)) {
    // What stands glued before it may be any number of digits, of which four make three bytes.
    for (let start = 0; start < 4; start++) {
      const decoded = fromBase64(run.slice(start));
      if (secret.test(decoded) || isHidden(decoded, secret, layers - 1)) return true;
    }
  }
  return false;
}

const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("latin1");

const unescaped = (text: string): string =>
  text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Whether text known to contain one of our secrets contains an access token, so that the refusal can name it. */
export const looksLikeAccessToken = (text: string): boolean => TOKEN_LIKE.test(text);
