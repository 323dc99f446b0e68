/**
 * Words that common passwords consist of. With twelve characters as the minimum, the lists of leaked passwords reduce
 * to these words with digits, signs and repetitions around them, so the words are compared and not the thousands of
 * variants.
 */
const commonWords = new Set(
  `password passwort passwd passphrase pass secret secrets letmein welcome willkommen hello hallo admin administrator root
  superuser user username login signin test testing tester guest default changeme change temp temporary master
  monkey dragon sunshine princess football baseball basketball soccer hockey batman superman spiderman starwars
  pokemon naruto ninja shadow killer jordan michael jennifer jessica ashley daniel thomas charlie andrew matthew
  joshua anthony robert william george hunter ranger buster tigger ginger pepper cookie maggie bailey biscuit
  summer winter spring autumn monday tuesday wednesday thursday friday saturday sunday january february march april
  june july august september october november december iloveyou loveyou lovely love lover babygirl angel angels
  whatever trustno trustnoone freedom forever blessed jesus christ heaven computer internet laptop keyboard
  samsung iphone apple google microsoft facebook amazon linkedin twitter github gitlab slack oracle windows linux
  ubuntu debian cisco server database backup system network router firewall company corporate business office
  manager employee developer engineer support service helpdesk security access account accounts money dollar
  bitcoin ethereum crypto wallet bank banking london paris berlin newyork america england germany france canada
  australia mexico texas california chicago boston dallas liverpool arsenal chelsea barcelona realmadrid manchester
  united mustang ferrari porsche mercedes corvette yamaha harley chocolate banana orange cherry strawberry
  butterfly flower flowers rainbow purple yellow silver golden diamond crystal phoenix falcon eagle tiger lion
  wolf panda kitten puppy doggy hannah amanda samantha nicole danielle melissa michelle qwerty qwertz azerty
  qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc wsxedc abcdef abcdefgh abcdefghijkl abc abcd
  claude anthropic claudecode openai chatgpt cco letmeinplease openup opensesame nothing something anything
  mypassword yourpassword thepassword newpassword oldpassword passwordpassword adminadmin welcomewelcome
  correcthorsebatterystaple supersecret topsecret verysecret`.split(/\s+/),
);

const walks = [
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
];
const weaves = [
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
  "qazwsxedcrfvtgbyhnujm",
  "zaq1xsw2cde3vfr4bgt5",
];

/**
 * Whether a password is among the first guesses: few different characters, a keyboard walk, one decorated common
 * word.
 */
export function isCommonPassword(password: string, about: readonly string[] = []): boolean {
  const lower = plain(password);
  if (new Set(lower).size < 5) return true;
  if (/^\d+$/.test(lower)) return true;
  if (lower.length < 20 && weaves.some((weave) => weave.startsWith(lower.slice(0, 8)))) return true;
  const own = about.flatMap(splitWords);
  return spellings(lower).some((letters) => isWeak(letters, own) || isOwnWordsOnly(letters, own));
}

/** Lower case without accents: "Dév" is "dev". */
const plain = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** What stands between the words of an address when it is spelled out. */
const addressWords = new Set(["at", "dot", "mail", "email", "mailto"]);

/** Minimum of letters that remain when the person's own words are removed from the password. */
const othersMin = 4;

/**
 * Whether a password consists of public facts about its person: "ada@example.com1", "lovelace-ada-2026". Digits and
 * signs are removed already; a common word beside the own ones does not count either.
 */
function isOwnWordsOnly(letters: string, own: readonly string[]): boolean {
  const longestFirst = [...new Set(own)].sort((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((text, word) => text.replaceAll(word, " "), letters);
  if (rest === letters) return false;
  const others = rest.split(" ").filter((part) => !commonWords.has(unrepeated(part)) && !addressWords.has(part));
  return others.join("").length < othersMin;
}

/** Lists the letters of a password, read with and without digits standing for letters. */
function spellings(lower: string): string[] {
  const unleet: Record<string, string> = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "@": "a",
    $: "s",
    "!": "i",
  };
  // Digits and signs at the end are decoration, not letters in disguise: "p@ssw0rd!2026".
  const core = lower.replace(/[^\p{L}]+$/u, "");
  const read = [...core].map((character) => unleet[character] ?? character).join("");
  return [lower, read].map((text) => text.replace(/[^\p{L}]/gu, ""));
}

function isWeak(letters: string, own: readonly string[]): boolean {
  if (letters.length < 4) return true;
  const once = unrepeated(letters);
  if (commonWords.has(once) || own.includes(once)) return true;
  if (walks.some((walk) => walk.includes(once) || [...walk].reverse().join("").includes(once))) return true;
  // "wordword2024" and "adminpassword1": two common words in a row are still one guess.
  for (let at = 3; at <= once.length - 3; at += 1) {
    const [head, tail] = [once.slice(0, at), once.slice(at)];
    if ((commonWords.has(head) || own.includes(head)) && (commonWords.has(tail) || own.includes(tail))) return true;
  }
  return false;
}

/** Reduces repetitions: "abcabcabc" is "abc". */
function unrepeated(text: string): string {
  for (let size = 1; size <= text.length / 2; size += 1) {
    if (text.length % size === 0 && text.slice(0, size).repeat(text.length / size) === text) return text.slice(0, size);
  }
  return text;
}

const splitWords = (text: string): string[] =>
  plain(text)
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length >= 3);
