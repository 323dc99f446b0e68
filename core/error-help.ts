import { AppError, apiErrorBody, type ErrorCode, errorEntry, errorLink, errorPath } from "./errors.ts";
import { errorBody } from "./protocol/error-body.ts";

/*
 * Long because it is one table: an entry per code, in the order of the catalogue.
 */

/** What people need to know of one refusal. Backticks mark code, two asterisks a page of the console. */
interface ErrorHelp {
  /** Which callers get it: those of model traffic (`/v1`), of CCO's own API (`/api`), or both. The example is of the first. */
  doors: readonly ("model" | "api")[];
  /** Why CCO refuses, in two or three sentences. */
  meaning: string;
  /** Which people see it, and where. */
  seenBy: string;
  /** What to do, one step a line, the likeliest first. */
  steps: readonly string[];
  /** A situation that leads to it. */
  example: string;
  /** The sentence of the example, where it says more than the catalogue's. */
  said?: string;
}

const ALL_CALLERS = "All callers: Claude Code shows the message, scripts get it as JSON.";
const DEVELOPERS = "Developers: Claude Code shows it in place of an answer.";
const CONSOLE_USERS = "People in the console, beside what they did, and scripts that call `/api`.";

/** The help for every refusal: the console shows it at `/errors/<code>`, `npm run docs` writes it to `docs/errors/`. */
export const ERROR_HELP: Readonly<Record<ErrorCode, ErrorHelp>> = {
  "request.invalid": {
    doors: ["model", "api"],
    meaning:
      "The request cannot be understood in exactly one way, so nothing was done with it. Model traffic is refused when its body is not one JSON object with one `model`, or when its framing could be read in two ways. The API refuses fields it does not know, because a misspelt limit would otherwise be no limit.",
    seenBy: ALL_CALLERS,
    steps: [
      "Read the message: it names the field, header or path, and for a misspelt field the one that was probably meant.",
      "`/api`: `details.fields` holds one sentence for each field that is wrong.",
      "A path with two slashes in a row: remove the slash at the end of `ANTHROPIC_BASE_URL`.",
    ],
    example: "`ANTHROPIC_BASE_URL=http://localhost:3000/` makes the client ask for `//v1/messages`.",
    said: "The request path has two slashes in a row. Remove the slash at the end of ANTHROPIC_BASE_URL.",
  },
  "request.too-large": {
    doors: ["model", "api"],
    meaning:
      "The body is larger than CCO takes: 32 MB for messages and token counts, as at the provider; 1 MB for the console and its API. It was counted while it came, so nothing of it was kept or sent on.",
    seenBy: ALL_CALLERS,
    steps: [
      "Claude Code: `/compact` the conversation, or remove large pictures and PDFs from it.",
      "Behind a balancer: let it take 33 MB too (`client_max_body_size` in nginx), so that this message is what people see.",
    ],
    example: "A conversation with twelve large screenshots.",
    said: "The request body is larger than 32 MB.",
  },
  "request.too-many-headers": {
    doors: ["model", "api"],
    meaning:
      "The request has more than 200 header lines. CCO looks at every one of them before anything else does, and no client needs more.",
    seenBy: "Programs that make their own requests. Claude Code stays far below.",
    steps: ["Look for a loop that adds a header again and again, in the client or in a balancer before CCO."],
    example: "A gateway appends an `x-forwarded-for` line at each retry.",
    said: "The request has more than 200 header lines.",
  },
  "request.bad-host": {
    doors: ["model", "api"],
    meaning:
      "The address names a host that CCO does not answer to. Only exact names are served: otherwise a web page could make its host name point to this machine and read from it (DNS rebinding).",
    seenBy: "All who use that address: developers in Claude Code, people in the browser.",
    steps: [
      "Operator: set `CCO_PUBLIC_URL` to the address people use and restart CCO.",
      "More than one name: add the others to `CCO_ALLOWED_HOSTS`, separated by commas.",
      "Behind a balancer: let it hand on the caller's `Host` (`proxy_set_header Host $host` in nginx).",
    ],
    example: "CCO listens on 0.0.0.0 and people open `http://cco.internal:3000`, a name that no setting holds.",
    said: "The host of this address is not served here. Set CCO_PUBLIC_URL to the address people use, or add its host to CCO_ALLOWED_HOSTS, and restart CCO.",
  },
  "request.cross-site": {
    doors: ["api", "model"],
    meaning:
      "A browser says that another web site sent this request. Model traffic never comes from a web page, and what changes something in the console comes from the console's own pages only.",
    seenBy: "People whose browser shows another site; developers who call the API from their own web page.",
    steps: [
      "Call the API from a server or a script, with an access token, not from a page in the browser.",
      "In the console: open it by the address of `CCO_PUBLIC_URL`. Behind a balancer that ends TLS, set it to the `https://` address.",
    ],
    example: "A page on `https://wiki.example` posts to `/api/rules/publish`.",
  },
  "request.unsupported-encoding": {
    doors: ["model", "api"],
    meaning:
      "The body is compressed. CCO reads the model's name in the body's own bytes and does not decompress it: a few compressed bytes may become gigabytes.",
    seenBy: "Programs that compress what they send. Claude Code and the SDKs do not.",
    steps: ["Send the body as it is, without `content-encoding`. Compressed answers are no problem."],
    example: "A client sends `content-encoding: gzip`.",
  },
  "not-found": {
    doors: ["model", "api"],
    meaning:
      "There is nothing at this path, or nothing that you may know of: what belongs to others is answered as if it did not exist. For model traffic it usually means that the base URL is wrong.",
    seenBy: ALL_CALLERS,
    steps: [
      "Set `ANTHROPIC_BASE_URL` to CCO's address alone, without `/v1`. The message says it.",
      "CCO carries what models write at `/v1/messages` only. A client that uses another endpoint, such as `/v1/complete`, must use the Messages API.",
      "In the console: the object was removed, or belongs to another person.",
    ],
    example:
      "`ANTHROPIC_BASE_URL=http://localhost:3000/v1/messages` makes the client ask for `/v1/messages/v1/messages`.",
    said: "Nothing is served at this path. Set ANTHROPIC_BASE_URL (the base URL) to http://localhost:3000: model traffic is served at http://localhost:3000/v1/messages.",
  },
  "method.not-allowed": {
    doors: ["api", "model"],
    meaning: "The path exists, but not with this method. The header `allow` lists those that do.",
    seenBy: "Scripts.",
    steps: ["Use a method of the header `allow`. Messages and token counts are `POST`, statistics are `GET`."],
    example: "`POST /api/overrides/stats`.",
  },
  "auth.required": {
    doors: ["model", "api"],
    meaning:
      "The request carries no valid credential, and this address needs one. Model traffic needs a proxy key where `CCO_REQUIRE_KEY` is on, which it is on every address but this machine's own, where a name is served that other machines reach, and for requests that a front proxy passes on. The API needs a sign-in or an access token.",
    seenBy: ALL_CALLERS,
    steps: [
      "Claude Code: open **Connect** in the console, issue a proxy key, and set the lines it shows. Then restart Claude Code: it reads them at its start.",
      "Scripts: send `Authorization: Bearer <access token>`, made in **Settings**.",
      "In the browser: sign in again. A session ends after seven days, and when it is ended elsewhere.",
    ],
    example: "A developer set `ANTHROPIC_BASE_URL` but no `ANTHROPIC_AUTH_TOKEN`.",
    said: "This CCO wants a proxy key. Ask an admin for one and set it as ANTHROPIC_AUTH_TOKEN (it begins with cco_).",
  },
  "auth.bad-key": {
    doors: ["model"],
    meaning:
      "A secret of CCO came along that opens no model traffic: a proxy key that is unknown, has expired or was revoked, an access token, or a key in a header or an address where none is read. It went nowhere.",
    seenBy: DEVELOPERS,
    steps: [
      "Compare the key with **Connect** in the console: it says until when it lives. Issue a new one there.",
      "Send a key that begins with `cco_` as `ANTHROPIC_AUTH_TOKEN`. An access token (`ccoat_`) is for `/api` only.",
      "A key that stood in an address was written down on its way: have it revoked.",
      "With a proxy key alone CCO needs the operator's `ANTHROPIC_API_KEY`. Without it send your own credential beside the proxy key, in `x-cco-key`.",
    ],
    example: "An admin revoked the key; every proxy notices within five seconds.",
  },
  "auth.forbidden": {
    doors: ["api", "model"],
    meaning:
      "The caller is known, and their role does not include this. `details` names the permission and the roles that have it.",
    seenBy: CONSOLE_USERS,
    steps: [
      "Ask an owner or an admin to do it, or for another role (**Team**).",
      "Proxy keys: the issuing policy in **Settings** says who may issue which.",
      "Model traffic: the operator's key is for messages, token counts, models, files and batches. For other endpoints send a key of your own beside the proxy key.",
    ],
    example: "An editor publishes rules: editors draft, owners and admins publish.",
  },
  "token.no-scope": {
    doors: ["api"],
    meaning:
      "The person may do this, but the access token was made without the scope that it takes. A token never does more than its scopes, nor more than its person's role of today.",
    seenBy: "Scripts that call `/api` with an access token.",
    steps: [
      "Make a token with the named scope in **Settings**, and replace the old one. Scopes of a token cannot be changed.",
    ],
    example: "A token with the scope `read` publishes rules.",
    said: "This access token does not have the scope “rules”. Create one that has it in Settings.",
  },
  "token.needs-session": {
    doors: ["api"],
    meaning:
      "No access token may do this, with any scope: making tokens, changing passwords, reset links, and making a person owner or admin. A stolen token could otherwise create access that outlives it.",
    seenBy: "Scripts that call `/api` with an access token.",
    steps: ["Sign in to the console and do it there."],
    example: "A script creates a second token with the first.",
  },
  "key.not-for-this": {
    doors: ["model"],
    meaning:
      "A limit of the proxy key, its person, its team or its project leaves out this endpoint, or a budget closes it because its cost is not counted. The message names whose limit it is.",
    seenBy: `${DEVELOPERS} It prints \`Failed to authenticate\` in front of every 403; the key itself is valid.`,
    steps: [
      "Ask an admin: limits are on the **Team** page. **Connect** shows those that apply to you.",
      "Use an endpoint that the limit allows: messages and token counts are what Claude Code needs.",
    ],
    example: "A key is limited to messages, and a script sends a batch.",
  },
  "key.model-not-allowed": {
    doors: ["model"],
    meaning:
      "A limit of the proxy key, its person, its team or its project leaves out the requested model, or one that the request names beside it: the advisor among its tools, or a fallback of the provider. The message names whose limit it is and which models it allows. What a rule serves instead of the requested model is not looked at.",
    seenBy: `${DEVELOPERS} It does not repeat the request.`,
    steps: [
      "Choose a model that the message lists, with `/model` in Claude Code.",
      "Ask an admin: limits are on the **Team** page. **Connect** shows those that apply to you.",
    ],
    example: "The team payments may use Haiku and Sonnet, and a developer chose Opus.",
    said: "The team payments may only ask for haiku, sonnet. Choose such a model, or ask an admin for another one.",
  },
  "key.too-fast": {
    doors: ["model"],
    meaning:
      "More requests came within a minute than a limit of the key, person, team or project allows. Nothing was sent to the provider, and the refused request uses nothing of the limit.",
    seenBy: `${DEVELOPERS} It repeats the request after \`retry-after\`.`,
    steps: [
      "Wait: the header `retry-after` says for how many seconds.",
      "Many agents at once: start fewer, or ask an admin for a higher rate (**Team**).",
    ],
    example: "Ten sub-agents of one developer whose key may ask 60 times a minute.",
    said: "The team payments has used up its requests of this minute. Try again when the time in retry-after has passed.",
  },
  "key.too-many-open": {
    doors: ["model"],
    meaning:
      "As many requests are under way as a limit of the key, person, team or project allows. A place is free again as soon as one of them is over.",
    seenBy: `${DEVELOPERS} It repeats the request after \`retry-after\`.`,
    steps: ["Wait for an answer to end.", "Start fewer agents at once, or ask an admin for more places (**Team**)."],
    example: "A key that may have four requests at once, and five terminals.",
  },
  "key.budget-taken": {
    doors: ["model"],
    meaning:
      "The budget is not spent yet, but the requests under way may use up the rest of it. Each counts for what such a request usually costs until its real cost is known, so that a budget is not passed by many requests at once.",
    seenBy: `${DEVELOPERS} It repeats the request after \`retry-after\`.`,
    steps: [
      "Wait for an answer to end, then try again: what it did not cost is free again.",
      "Ask an admin for a larger budget (**Team**): it is nearly spent.",
    ],
    example: "Two dollars are left of a team's month, and four long requests are running.",
    said: "The requests under way may use up the rest of the $50.00 that the team payments has for this month. Try again when one of them is over.",
  },
  "key.budget-spent": {
    doors: ["model"],
    meaning:
      "The key, person, team or project has spent its budget of this calendar month, in the reporting zone. The amount is the one that **Costs** shows. Dollars and the plan value of subscriptions are two budgets and never added.",
    seenBy: `${DEVELOPERS} It does not repeat the request: \`x-should-retry\` is \`false\`.`,
    steps: [
      "Ask an admin to raise the budget (**Team**). A change holds within seconds, everywhere.",
      "Or wait until the next month begins: `retry-after` says in how many seconds.",
      "Admins: what spent it is in **Costs**, grouped by model and by person.",
    ],
    example: "A team with $50.00 a month, on the 27th.",
    said: "The team payments has spent its $50.00 of this month. Ask an admin of this installation for more, or wait until the next month begins.",
  },
  "auth.too-many-attempts": {
    doors: ["api"],
    meaning:
      "Too many sign-ins failed: ten of one account from one address, thirty from one address, or a hundred of one account from anywhere. The lock is ten minutes, and twice as long each further time. The same account from other addresses is not locked.",
    seenBy: "People who sign in, and those who guess their password.",
    steps: [
      "Wait for the time that the message names.",
      "Forgot the password: an admin makes a reset link on the **Team** page, which works at once.",
    ],
    example: "A password manager that keeps on sending an old password.",
    said: "Too many attempts. Try again in 10 minutes.",
  },
  "auth.setup-closed": {
    doors: ["api"],
    meaning:
      "The first owner exists, so the set-up is over for good. Its link works once: a second use would hand the installation over.",
    seenBy: "People who open the set-up link again.",
    steps: [
      "Sign in, or ask an admin for an invitation.",
      "The password is lost: another owner or admin makes a reset link on the **Team** page.",
    ],
    example: "The link of the first start, opened a second time.",
  },
  "auth.bad-link": {
    doors: ["api"],
    meaning:
      "The link of an invitation, a password reset or the set-up is used, was revoked, is too old, was not copied whole, or the person who made it may no longer make it. Links are stored as a hash, so the old one cannot be shown again.",
    seenBy: "People who open such a link.",
    steps: [
      "Copy the whole link, also the part after a line break.",
      "Ask an admin for a new one (**Team**). A new link makes the old one invalid.",
    ],
    example: "A reset link that was opened yesterday.",
  },
  "changed-meanwhile": {
    doors: ["api"],
    meaning:
      "Another person saved a field that you change too, after you had opened it. Saving yours would silently undo theirs. `details.changed` has the fields, and `details.by` who changed them.",
    seenBy: CONSOLE_USERS,
    steps: [
      "Console: **Load what is saved now** shows the present values in the form; repeat your change if it is still wanted.",
      "Scripts: read the values again, and send the change with them as `was`. Without `was` nothing is compared.",
    ],
    example: "You raise a budget that Ada lowered a minute ago.",
    said: "Ada changed the limits of the team payments meanwhile, so nothing was saved. Load what is saved now first.",
  },
  "rules.changed-meanwhile": {
    doors: ["api"],
    meaning:
      "A version was published after the one you started from. Publishing yours would silently undo it. `details` holds the live version and the one yours is based on.",
    seenBy: CONSOLE_USERS,
    steps: [
      "Console: the editor shows both texts; take over your changes on top of the new version and publish that.",
      "Scripts: read `GET /api/rules` again, apply the change to it, and send its version as `basedOn`.",
      "`cco rules publish --if-version` ends with code 5 here.",
    ],
    example: "You edited v41 for an hour; Ada published v42.",
    said: "Ada published v42 meanwhile.",
  },
  "rules.invalid": {
    doors: ["api"],
    meaning:
      "The rules have an error, a target that the provider would not serve, or a `[[test]]` that fails. Nothing was published; the live rules are what they were.",
    seenBy: CONSOLE_USERS,
    steps: [
      "`details.problems` has line, column, message and often the fix of each; the editor marks them.",
      "`details.failedTests` has one sentence for each test: correct the rule or the test.",
      "Check a file before you send it: `cco validate <file>`.",
    ],
    example: "A bracket is missing in line 12.",
  },
  "rules.comment-required": {
    doors: ["api"],
    meaning: "A version without a comment was to be published. The history is read months later, by other people.",
    seenBy: CONSOLE_USERS,
    steps: ["Say in a few words what changes: `comment` in the API, `-m` at `cco rules publish`."],
    example: "`cco rules publish config/next.toml`, without `-m`.",
  },
  "rules.file-read-only": {
    doors: ["api"],
    meaning:
      "Publishing writes the rules file, and this one cannot be written: it comes from a read-only mount, such as a ConfigMap or a checkout. The history in the database would say one thing and the file another.",
    seenBy: "People who publish, and scripts that do.",
    steps: [
      'Change the file where it is deployed from. CCO notices within two seconds and writes a version by "file".',
      "Or give the process the right to write the file and its folder.",
    ],
    example: "`CCO_CONFIG=/etc/cco/rules.toml`, mounted read-only.",
  },
  "rules.unchanged": {
    doors: ["api"],
    meaning: "The text is the live one, byte for byte. A version that changes nothing is not recorded.",
    seenBy: CONSOLE_USERS,
    steps: [
      "Nothing is left to do: these rules are live.",
      "A script that publishes on every run may take this code as success.",
    ],
    example: "A pipeline publishes the same file twice.",
  },
  "prices.invalid": {
    doors: ["api"],
    meaning:
      "The prices have an error: a key that is not known, an amount that is negative or larger than it can be meant, or two prices of one model for the same day. Nothing was saved; requests go on being priced as before.",
    seenBy: CONSOLE_USERS,
    steps: [
      "`details.problems` has the line and the field of each error, with what to write instead.",
      "Two prices overlap: give the earlier one an `until`, or the later one a later `from`.",
      "Check a file before you send it: `cco prices validate <file>`.",
    ],
    example: "The input price of a model is `-3`.",
  },
  "prices.file-read-only": {
    doors: ["api"],
    meaning:
      "`CCO_PRICES_FILE` names the file that own prices are kept in. The console shows them, and does not change them: the file and the history would say different things.",
    seenBy: "People who change prices, and scripts that do.",
    steps: [
      "Change the file where it is deployed from. CCO notices within two seconds and writes a version by “file”.",
      "Or remove `CCO_PRICES_FILE` and restart CCO: the last version stays in force, and the console changes it.",
    ],
    example: "`CCO_PRICES_FILE=/etc/cco/prices.toml`, mounted read-only.",
  },
  "prices.unchanged": {
    doors: ["api"],
    meaning: "The text is the one in force, byte for byte. A version that changes nothing is not recorded.",
    seenBy: CONSOLE_USERS,
    steps: [
      "Nothing is left to do: these prices are in force.",
      "A script that saves on every run may take this code as success.",
    ],
    example: "A pipeline saves the same file twice.",
  },
  "months.not-over": {
    doors: ["api"],
    meaning:
      "A month is closed when its last day is over in the reporting zone. Until then requests of it are still made, and its amounts would not be those of the month.",
    seenBy: "People who close months, and scripts that do.",
    steps: [
      "Close it on the first day of the next month or later.",
      "Look whether the reporting zone is the one you mean: Settings shows it.",
    ],
    example: "A script closes October in its last hour.",
  },
  "corrections.not-held": {
    doors: ["api"],
    meaning:
      "A request is priced again from its tokens. Requests of this period are archived, or came as sums with a backup that was made without events, so a correction would leave them out. Nothing was changed.",
    seenBy: "People who price a period again, and scripts that do.",
    steps: [
      "`details.until` is the last day (UTC) with such requests: choose a period that begins after it.",
      "Archive later: `CCO_KEEP_EVENTS_DAYS` says after how many days requests leave the database.",
      "Or name the models that were priced wrongly, if none of the requests that are not held is theirs.",
    ],
    example: "A period from June is priced again in October, and requests are kept for 90 days.",
  },
  "corrections.not-last": {
    doors: ["api"],
    meaning:
      "A correction is what a period cost after it less what it cost before. A later one of the same days was computed over this one, so they are taken back in the other order. One that was taken back is not taken back twice.",
    seenBy: "People who take a correction back.",
    steps: [
      "`details.later` is the correction to take back first.",
      "Or price the period again at the prices in force: that changes what is wrong, and nothing else.",
    ],
    example: "October was priced again twice, and the first correction is to be taken back.",
  },
  "bills.invalid": {
    doors: ["api"],
    meaning:
      "The text is no usage or cost report of the provider, or one whose rows cannot be compared: a field is missing, a row stands twice, or its days are of another zone than UTC. Nothing was imported; the reports before stay in force.",
    seenBy: CONSOLE_USERS,
    steps: [
      "`details.problems` has the place of each error: the path in the JSON, or the line of the CSV and its column.",
      "Usage: ask for the report with `bucket_width=1d` and `group_by[]=model`, `workspace_id` and `service_tier`.",
      "Cost: ask for the report with `group_by[]=description` and `workspace_id`, or download the CSV of the provider’s page of costs unchanged.",
    ],
    example: "A page of the report was saved twice, so that its rows stand twice.",
  },
  "bills.overlap": {
    doors: ["api"],
    meaning:
      "The report covers days that another report of the same kind covers, and says something else of them. Both cannot be right, so nothing was imported.",
    seenBy: CONSOLE_USERS,
    steps: [
      "`details.days` names the days. The provider corrects reports for a few days: the later one is usually right.",
      "Import it again with `replace: true`, or `cco cost reconcile --replace <file>`: its days take the place of the others.",
    ],
    example: "The report of November was downloaded on 29 November, and again on 3 December.",
  },
  "team.last-owner": {
    doors: ["api"],
    meaning:
      "This would leave the installation without an active owner, and no one could let people in again. Lowering the role of the last owner and disabling them are both refused.",
    seenBy: "Owners, on the **Team** page.",
    steps: ["Make another person an owner first, then try again."],
    example: "The only owner makes herself an admin.",
  },
  "team.email-taken": {
    doors: ["api"],
    meaning: "A person with this e-mail address exists already, perhaps disabled. Letter case does not count.",
    seenBy: "Owners and admins who invite, and people who accept an invitation.",
    steps: [
      "Look for the person on the **Team** page; enable them if they are disabled.",
      "Or invite another address.",
    ],
    example: "A colleague who left and comes back.",
  },
  "upstream.unreachable": {
    doors: ["model"],
    meaning:
      "No connection to the model provider could be made, so nothing was sent and nothing is billed. After five such failures in a row CCO answers at once, and looks again every five seconds.",
    seenBy: `${DEVELOPERS} It repeats the request. Operators: \`cco_upstream_breaker_open\` in \`/metrics\`.`,
    steps: [
      "Look at the provider's status page.",
      "Operator: try the address of `CCO_UPSTREAM_URL` from the machine of CCO. A firewall or a proxy in between is the usual reason.",
    ],
    example: "The machine lost its way to the internet.",
    said: "The model provider could not be reached: its address refuses connections (ECONNREFUSED).",
  },
  "upstream.failed": {
    doors: ["model"],
    meaning:
      "The connection was made or tried, and something is wrong that does not pass by waiting: the name or the certificate of the provider, a redirect, an answer that cannot be read, or a connection that broke before the answer began. A request that was sent is never sent again: it may have been billed.",
    seenBy: DEVELOPERS,
    steps: [
      "The message names the reason. A name or a certificate: the operator checks `CCO_UPSTREAM_URL`.",
      "An authority of your own: name its certificate in `NODE_EXTRA_CA_CERTS`.",
      "A connection that broke off: try again.",
    ],
    example: "A company proxy that signs traffic with its own authority.",
    said: "The model provider could not be reached: its certificate comes from an authority that is not trusted here (SELF_SIGNED_CERT_IN_CHAIN).",
  },
  "upstream.timeout": {
    doors: ["model"],
    meaning:
      "The provider took the request and sent no byte of an answer for ten minutes. CCO closed the connection. The request may have been billed; it is recorded with what is known.",
    seenBy: DEVELOPERS,
    steps: ["Try again, with a stream: long answers then begin at once.", "Look at the provider's status page."],
    example: "A long answer without streaming, on a day of high load.",
  },
  "console.starting": {
    doors: ["api"],
    meaning:
      "The console is a separate process and does not answer yet: it starts, or starts again after a fault. Model traffic does not go through it.",
    seenBy: "People in the browser, for a few seconds, and scripts that call `/api`.",
    steps: [
      "Wait for the seconds in `retry-after`; the page reloads when the console is there.",
      "It stays away: the log of `cco run` names why the console ended.",
    ],
    example: "The first seconds after `npm start`.",
  },
  "database.away": {
    doors: ["api"],
    meaning:
      "The database does not answer. Model traffic goes on: rules, keys and limits are in memory, and every request is on disk until the database takes it. What people see and do in the console needs the database.",
    seenBy: CONSOLE_USERS,
    steps: [
      "Operator: `/health` says since when (`database_since`) and why (`ledger_problem`). Bring the database back; CCO notices within seconds.",
      "Repeat nothing: what waits on disk is written to the database when it is back.",
      "It lasts: keys hold for 24 hours after the database last confirmed them.",
    ],
    example: "PostgreSQL is restarted.",
  },
  "database.full": {
    doors: ["api"],
    meaning:
      "The disk of the database has no room, so the change was not made. Reading goes on, and so does model traffic: its records wait on the disk of the spool.",
    seenBy: "People who change something in the console, and scripts that do.",
    steps: [
      "Operator: make room on the disk of the database (SQLite: the data folder; PostgreSQL: the server's).",
      "Then do it again: nothing of it was kept.",
    ],
    example: "An admin invites a person while the disk is full.",
  },
  "database.unwritable": {
    doors: ["api"],
    meaning:
      "The database can be read, but takes no changes: another program holds its lock, or the file, the disk or the server is read-only. The change was not made. Model traffic goes on, and its records wait on disk.",
    seenBy: "People who change something in the console, and scripts that do.",
    steps: [
      "Try again in a moment: a lock is usually short.",
      "Operator: end the program that holds the lock (a backup, a shell on `cco.db`), or make the database writable again; `/health` names the reason in `ledger_problem`.",
    ],
    example: "A backup program keeps `cco.db` locked.",
  },
  busy: {
    doors: ["model", "api"],
    meaning:
      "There is no room at this moment: 128 MB of request bodies are in memory, too many terminals are open, or proxy keys cannot be checked because the database has not answered since the start or for 24 hours.",
    seenBy: `${DEVELOPERS} It repeats the request. Operators: \`cco_requests_refused_total\`.`,
    steps: [
      "Try again in a moment.",
      "Often: more instances, or more processes (`CCO_WORKERS`), each with its own 128 MB.",
      "If the message names the database, bring it back; see `/health`.",
    ],
    example: "Fifty developers send a conversation of 30 MB in the same second.",
  },
  "audit.unwritable": {
    doors: ["api"],
    meaning:
      "The entry in the audit log could not be written, so the change was not made either: both are one transaction. CCO changes nothing that is not on record.",
    seenBy: "People who change something in the console, and scripts that do.",
    steps: [
      "Operator: look for a full disk or a database that is read-only; `cco verify` checks the log itself.",
      "Then do it again: nothing of it was kept.",
    ],
    example: "The disk of the database is full.",
  },
  "backup.foreign": {
    doors: ["api"],
    meaning:
      "The file does not begin as a backup of CCO does: another archive, another kind of file, or a copy of the database. Nothing was changed.",
    seenBy: "Operators, of `cco backup verify` and `cco restore`.",
    steps: [
      "`cco backup list` shows the backups of this installation and where they lie.",
      "A copy of `cco.db` is put back with CCO stopped: see **When the database or the disk fails** in the page on operating.",
    ],
    example: "`cco restore site.tar.gz`, where the archive holds a web site.",
  },
  "backup.damaged": {
    doors: ["api"],
    meaning:
      "The backup begins as it should, but it is cut off, or a part of it does not have the checksum that its list says. A part that cannot be trusted makes the whole unusable, so nothing of it is used.",
    seenBy: "Operators, of `cco backup verify` and `cco restore`.",
    steps: [
      "Read the message: it says whether the end is missing or which part was changed.",
      "Copy the file again from where it was made: a copy that broke off is the usual reason.",
      "Else choose the backup before it, and run `cco backup verify` on it.",
    ],
    example: "`cco backup verify` on a file whose copy to another machine broke off.",
    said: "This backup ends too early: it was cut off. Copy it again from where it was made, or choose another one.",
  },
  "backup.newer": {
    doors: ["api"],
    meaning:
      "The backup holds what this release does not know, because a newer CCO made it. Leaving that out would lose it without a word, so nothing was changed.",
    seenBy: "Operators, of `cco backup verify` and `cco restore`.",
    steps: ["Install the release that the message names, or a newer one.", "Then restore with it."],
    example: "An operator went back a release and restores last night's backup.",
  },
  "backup.older": {
    doors: ["api"],
    meaning:
      "The backup lacks a column that this release cannot do without, because an older CCO made it. Only the migrations between the two releases know what to put there, so nothing was changed.",
    seenBy: "Operators, of `cco restore`.",
    steps: [
      "Install the release that the message names, with an empty data folder or database, and restore with it.",
      "Then upgrade that installation: its migrations bring the data to this release.",
    ],
    example: "An archive that was kept for some years is restored with today's release.",
  },
  "backup.unwritable": {
    doors: ["api"],
    meaning:
      "The folder or the bucket of the backup is full, missing, out of reach or not writable. What was written was removed, and the backups before it are as they were.",
    seenBy:
      "Operators, of `cco backup` and `cco backup list`, in the output of `cco run`, and in **Settings › Backups**.",
    steps: [
      "Read the message: it names the place, what it said, and what to set right.",
      "Make room in the folder, or name another one: `--to FOLDER`.",
      "`--keep N` deletes the oldest backups beyond N, but only after a new one is complete.",
    ],
    example: "The disk with the backups is full.",
  },
  "backup.unreadable": {
    doors: ["api"],
    meaning:
      "The S3-compatible storage that holds the backups is out of reach, refuses the key, or does not have the bucket. Nothing was read to the end, so nothing was changed.",
    seenBy: "Operators, of `cco backup list`, `cco backup verify` and `cco restore` with an `s3://` address.",
    steps: [
      "Read the message: it names the address, what the storage said, and the variable to set right.",
      "The key must be allowed to list the bucket, and to read, write and delete below the prefix.",
    ],
    example: "`cco backup list --to s3://our-backups/cco` with a key that was deleted since.",
  },
  "backup.in-use": {
    doors: ["api"],
    meaning:
      "A restore replaces everything, and a running CCO would write what it still knows over it. So it is refused while one runs on this data folder, while any process of CCO has this SQLite file open, or when one has reported to this database in the last half minute.",
    seenBy: "Operators, of `cco restore`.",
    steps: [
      "Stop CCO on every machine that uses this database, `cco console` and `cco alerts watch` too, then restore.",
      "After `kill -9` of one, wait half a minute: its last report must be older than that.",
      "Where the message says that it cannot be seen, do what it names: copy a file that has a second name, give the lock to the owner of the database, or move away what stands in its place, and wait a minute.",
    ],
    example: "`cco restore … --yes` while `cco run` is running.",
  },
  "archive.unwritable": {
    doors: ["api"],
    meaning:
      "The folder of the archive is full, missing or not writable. One that `CCO_ARCHIVE_FOLDER` names is never made: where its disk is not mounted, the archive would lie on the disk below. Events are deleted only after the file that holds them was written, synced and read back, so none was deleted for it, and nothing was left of the file.",
    seenBy: "Operators, of `cco retention run` and in the output of `cco run`.",
    steps: [
      "Make room in the folder, fix its permissions, mount its disk or make it, or name another one in `CCO_ARCHIVE_FOLDER`.",
      "Nothing else is needed: the next run goes on where this one ended.",
    ],
    example: "The disk of the archive is full.",
    said: "The archive could not be written: the folder /srv/archive is full. Make room in it, or name another one in CCO_ARCHIVE_FOLDER. No event was deleted for it.",
  },
  "archive.missing": {
    doors: ["api"],
    meaning:
      "The database lists a file of the archive, and the folder does not have it. Totals are not concerned: they are in the database. The single requests of that day are in this file alone.",
    seenBy: "Operators and those who export requests of that day.",
    steps: [
      "The message names the file, the folder, and the machine and folder in which it was written.",
      "Copy it back from there, or from your backup of the archive.",
      "With several machines name one shared folder in `CCO_ARCHIVE_FOLDER`.",
      "Then run `cco retention verify`.",
    ],
    example: "A second machine exports a month that the first one archived on its own disk.",
    said: "The archive file events-2026-06-03.parquet is not in /data/archive (host-a wrote it into /data/archive). Copy it there, or name its folder in CCO_ARCHIVE_FOLDER.",
  },
  "archive.damaged": {
    doors: ["api"],
    meaning:
      "The checksum of a file of the archive is not the one that the database noted when it was written and read back: the file was changed, cut off, or its disk lost something. Nothing of it is used.",
    seenBy: "Operators and those who export requests of that day.",
    steps: [
      "The message names the file. Put the copy of your backup in its place.",
      "Then run `cco retention verify`, which reads every file.",
    ],
    example: "A person opened a file of the archive in a program that wrote it again.",
    said: "The archive file events-2026-06-03.parquet in /data/archive is not what was written: its checksum differs. Put a sound copy of it there.",
  },
  "retention.running": {
    doors: ["api"],
    meaning:
      "One process of all instances archives at a time. Another one has begun and has said so within the last minutes.",
    seenBy: "Operators, of `cco retention run`.",
    steps: [
      "Wait for it. `cco retention status` shows how far it is.",
      "If its process was killed, another one may begin after ten minutes at most.",
    ],
    example: "A person runs `cco retention run` while `cco run` does the same.",
  },
  internal: {
    doors: ["api", "model"],
    meaning:
      "CCO met a fault that it did not expect. The reason is in the log of the process and never in the answer, which could otherwise give away what it should not.",
    seenBy: ALL_CALLERS,
    steps: [
      "Try again. Nothing was half done: changes are whole or not at all.",
      "It happens again: look for `request failed` (console) or `a request failed on our side` (proxy) in the log, and report it with that line.",
    ],
    example: "A mistake in CCO itself.",
  },
};

/**
 * Formats the answer of a refusal's example as text. It has the status, the header that leads to its page, and the body
 * with two spaces of indent.
 */
export function exampleAnswer(code: ErrorCode): string {
  const { doors, said } = ERROR_HELP[code];
  const { status, type, text } = errorEntry(code);
  const body =
    doors[0] === "model"
      ? JSON.parse(errorBody(type, said ?? text, "evt_01jdq3v7m2x8k4", errorPath(code)))
      : apiErrorBody(new AppError(code, {}, said), new Date("2026-11-28T10:15:00Z"));
  return `HTTP/1.1 ${status}\nlink: ${errorLink(code)}\n\n${JSON.stringify(body, null, 2)}`;
}
