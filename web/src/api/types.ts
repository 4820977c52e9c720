// Made by `tools/web_types.py` from the server's code; change it there.

/** Who one is. A guest, and a key of a settings file that nobody has written down yet, has no `user`. Of the second factor's `recovery_codes` so many are left. */
export interface Account {
  tenant: string;
  scopes: ("chat" | "models:write" | "observe" | "admin" | "operate")[];
  user: User | null;
  groups: Group[];
  session: string | null;
  key: string | null;
  guest: boolean;
  recovery_codes: number;
}

/** What admission has done since the start: `requests` that asked for an answer, those answered from the cache, those that joined another's flight, and the micro-batches of embeddings. */
export interface AdmissionState {
  responses: CacheState;
  conversations: CacheState;
  requests: number;
  cached: number;
  joined: number;
  batches: number;
  batched: number;
}

/** A budget as it stands for one caller: `used` and `held` (by runs under way) in its unit, and when it `resets` (microseconds). */
export interface Allotment {
  budget: Budget;
  used: number;
  held: number;
  resets: number;
}

/** An answer is on its way: it is read from its run. */
export interface AnswerBegun {
  t: "answer_begun";
  chat: string;
  turn: string;
  run: string;
}

/** An answer is written to its end. */
export interface AnswerEnded {
  t: "answer_ended";
  chat: string;
  turn: string;
  state: "running" | "complete" | "cut" | "stopped" | "failed" | "interrupted";
  title?: string;
}

/** One answer on its way: its turn, the run it is read from, and the model as it was asked for. */
export interface Answering {
  turn: string;
  run: string;
  model: string;
}

/** An API key without the key itself, of which only a SHA-256 is kept. `prefix` is how it begins. */
export interface ApiKey {
  id: string;
  tenant: string;
  user: string;
  name: string;
  prefix: string;
  created: number;
  scopes?: ("chat" | "models:write" | "observe" | "admin" | "operate")[];
  models?: string[];
  expires?: number | null;
  last_used?: number | null;
  share_answers?: boolean | null;
  keep_chats?: boolean;
  requests_per_minute?: number | null;
  tokens_per_minute?: number | null;
}

/** What became of somebody: `new` is false where somebody of that name is there already. */
export interface Arrived {
  name: string;
  new: boolean;
}

/** Sound as raw bytes and the format's short name (`wav`, `mp3`). */
export interface Audio {
  type: "audio";
  data: string;
  format: string;
}

/** One security event. `actor` is who did it (none: nobody known), `via` the key or session, `subject` to whom or what. `details` never hold a secret. */
export interface AuditEntry {
  id: string;
  happened: number;
  act: string;
  actor?: string | null;
  via?: string | null;
  subject_kind?: string;
  subject?: string | null;
  address?: string;
  request?: string;
  details?: Record<string, string | number | boolean | null>;
}

/** Entries of the audit log, and the cursor of the next page; none is the last one. */
export interface AuditPage {
  entries: AuditEntry[];
  cursor?: string | null;
}

/** One backup. `name` is a file's, in the server's folder for backups; `made` is in microseconds since 1970. */
export interface Backup {
  name: string;
  size: number;
  made: number;
  rows: number | null;
  lost: number;
  lost_files: string[];
}

/** What somebody may use in a period of the calendar. `subject` and `name` say who: a user, group or key by its id, or every one of the kind with `*`; one that names somebody takes the place of the `*` of the same subject, unit, period and currency. A tenant's has the tenant's own id. `limit` is in requests, tokens, or micro-units of `currency`. `fixed` marks one that the settings own. */
export interface Budget {
  id: string;
  tenant: string;
  subject: "user" | "group" | "key" | "tenant";
  name: string;
  unit: "requests" | "tokens" | "money";
  period: "day" | "week" | "month";
  limit: number;
  currency?: string | null;
  created?: number;
  fixed?: boolean;
}

/** A budget and, where it is for one subject and not for every one, what is used of it. */
export interface BudgetStanding {
  budget: Budget;
  used?: number | null;
  resets?: number | null;
}

/** One cache: live entries, their real bytes, its bound in bytes, and what was asked of it since it was cleared. */
export interface CacheState {
  entries: number;
  bytes: number;
  max_bytes: number;
  hits: number;
  misses: number;
}

/** A chat without its turns. `head` is the last turn of the branch that is shown. `kept_by` names the key or door that kept what was said through another dialect; of chats made here there is none. `version` grows with every change of the row. */
export interface Chat {
  id: string;
  tenant: string;
  user: string;
  created: number;
  updated: number;
  title?: string;
  titled_by?: "nobody" | "text" | "model" | "user";
  folder?: string | null;
  pinned?: boolean;
  archived?: boolean;
  head?: string | null;
  client_id?: string | null;
  kept_by?: string | null;
  version?: number;
  foreign?: Record<string, unknown> | null;
}

/** One question to a chat engine. `model` is the engine's own name of the model. `items` is the conversation, oldest first. `prompt` is set instead for a raw text completion (with `suffix` to fill in the middle). `stream` is a hint: an engine that is told `False` may push one `Whole`. `foreign` holds unknown fields of the dialect `wire`: only an engine of that wire sends them. */
export interface ChatAsk {
  model: string;
  items?: (Message | Reasoning | ToolCall | ToolResult | Opaque)[];
  prompt?: string | null;
  suffix?: string | null;
  sampling?: Sampling;
  tools?: Tool[];
  tool_choice?: string | Record<string, unknown> | null;
  parallel_tool_calls?: boolean | null;
  format?: Format | null;
  n?: number;
  logprobs?: boolean;
  top_logprobs?: number | null;
  think?: boolean | string | null;
  keep_alive?: string | number | null;
  stream?: boolean;
  usage?: boolean;
  wire?: string;
  foreign?: Record<string, unknown> | null;
}

/** A chat came, got another title, folder, place or branch, or went. */
export interface ChatChanged {
  t: "chat";
  chat: string;
  change: "created" | "changed" | "deleted";
  title?: string | null;
}

/** Some chats, and the cursor of the next page; none is the last one. */
export interface ChatPage {
  chats: Chat[];
  cursor?: string | null;
}

/** One whole answer: its items in order and why it stopped. */
export interface Choice {
  items: (Message | Reasoning | ToolCall | ToolResult | Opaque)[];
  reason?: string;
  refusal?: string | null;
  logprobs?: unknown;
  foreign?: Record<string, unknown> | null;
}

/** A connection and how it fares, as the server that answers sees it. `origin` is where the settings have it: a file and its line, or a variable. Of its key only is told whether there is one, and its last characters where admins set it. `model_count` are the models it has as far as is known, `model_names` the first of them. */
export interface ConnectionFacts {
  name: string;
  kind: string;
  base_url: string | null;
  prefix: string;
  models: string[];
  enabled: boolean;
  max_concurrent: number | null;
  max_queue_size: number | null;
  connect_seconds: number;
  first_token_seconds: number;
  between_seconds: number;
  total_seconds: number | null;
  retries: number;
  id: string;
  owner: "file" | "database" | "found" | "built_in";
  origin: string;
  has_key: boolean;
  key_ending: string;
  standing: "used" | "off" | "hidden" | "locked" | "unfit";
  circuit: "closed" | "half_open" | "open";
  serving: number;
  waiting: number;
  model_count: number;
  model_names: string[];
  last_error: ConnectionTrouble | null;
  created: number;
  updated: number;
}

/** A kind that a connection can be of, and the address that it goes to where none is given. */
export interface ConnectionKind {
  name: string;
  usual_url?: string | null;
}

/** Every connection, in the order in which their models are listed, and the kinds of which one can be added. */
export interface ConnectionList {
  connections: ConnectionFacts[];
  kinds: ConnectionKind[];
}

/** What came of asking an engine for its models: how many there are, the first of their names, and the time that it took; or what went wrong. */
export interface ConnectionTested {
  ok: boolean;
  milliseconds: number;
  model_count?: number;
  model_names?: string[];
  error?: ConnectionTrouble | null;
}

/** What went wrong with a connection: when, of which kind, and in safe sentences. */
export interface ConnectionTrouble {
  at: number;
  kind: string;
  message: string;
  hint?: string | null;
  code?: string | null;
}

/** More text. `item` numbers the tool call for `arguments`; `choice` is the index among several answers. */
export interface Delta {
  t: "delta";
  text: string;
  lane?: "text" | "reasoning" | "refusal" | "arguments";
  item?: number;
  choice?: number;
  logprobs?: unknown;
  foreign?: Record<string, unknown> | null;
}

/** A door: its name, `host:port` as configured (port 0: the system chose) and what it speaks, in order. `locked`: it listens beyond this machine and no key exists yet. */
export interface DoorFace {
  name: string;
  address: string;
  dialects: Spoken[];
  locked: boolean;
}

/** Texts to embed with one model, in order; `dimensions` asks for shorter vectors where the model can. */
export interface EmbedAsk {
  model: string;
  texts: string[];
  dimensions?: number | null;
  truncate?: boolean | null;
  keep_alive?: string | number | null;
  wire?: string;
  foreign?: Record<string, unknown> | null;
}

/** One vector per text, in the order of the texts, and the tokens that were read. */
export interface Embedded {
  vectors: number[][];
  prompt_tokens: number;
}

/** The last event of every log. `error` says why an answer is `cut`, `failed` or `interrupted`. */
export interface Ended {
  t: "ended";
  outcome: "complete" | "cut" | "stopped" | "failed" | "interrupted";
  error?: Failure | null;
}

/** How the server introduces itself. `tls`: its doors speak HTTPS themselves. `command`: what is typed where it runs for its command line. */
export interface Face {
  version: string;
  tls: boolean;
  doors: DoorFace[];
  command: string;
}

/** A secret for an app, which counts once a code of it was shown. It is shown only now: `secret` to be typed, `uri` (`otpauth://totp/…`) to be made into a picture. */
export interface FactorBegun {
  secret: string;
  uri: string;
}

/** A `Fault` as it is kept in a log: kind and safe sentences only. */
export interface Failure {
  kind: string;
  message: string;
  hint?: string | null;
  code?: string | null;
  retry_after?: number | null;
  status?: number | null;
}

/** What was told after a number, oldest first, and the number of the last of it: where the next reading begins. */
export interface FeedView {
  last: number;
  entries: (ChatChanged | AnswerBegun | AnswerEnded | ListChanged | Missed)[];
}

/** A document given inline: raw bytes, or an id that the engine knows. */
export interface File {
  type: "file";
  data?: string | null;
  name?: string | null;
  media_type?: string | null;
  id?: string | null;
  foreign?: Record<string, unknown> | null;
}

/** Some files, newest first, and the cursor of the next page; none is the last one. */
export interface FilePage {
  files: FileView[];
  cursor?: string | null;
}

/** How much room files take, in bytes: one's own; for administrators the whole tenant's, and what the disk has left. */
export interface FileUsage {
  own: Room;
  tenant?: Room | null;
  disk_free?: number | null;
}

/** A file as it is told. `size` in bytes, `created` in microseconds; `media_type` is what its first bytes say, `declared` what its sender called it; `kind` says what a model can be given of it. */
export interface FileView {
  id: string;
  name: string;
  kind: "image" | "text" | "other";
  media_type: string;
  size: number;
  sha256: string;
  created: number;
  declared?: string;
}

/** One choice is whole. `reason` is `stop`, `length`, `tool_calls`, `content_filter` or the engine's own word. */
export interface Finished {
  t: "finished";
  reason: string;
  choice?: number;
  foreign?: Record<string, unknown> | null;
}

/** A folder of chats. `instructions` go before every prompt of its chats, and so do its files. */
export interface Folder {
  id: string;
  tenant: string;
  user: string;
  name: string;
  created: number;
  updated: number;
  parent?: string | null;
  instructions?: string;
  files?: string[];
  version?: number;
  foreign?: Record<string, unknown> | null;
}

/** The shape an answer must have: any JSON, or JSON that fits `schema`. */
export interface Format {
  kind: "json" | "schema";
  schema?: Record<string, unknown> | null;
  name?: string | null;
  strict?: boolean | null;
  description?: string | null;
}

/** People of one tenant under a name. */
export interface Group {
  id: string;
  tenant: string;
  name: string;
  created: number;
  updated: number;
  description?: string;
  members?: number;
}

/** A group and who is in it, by name, with the cursor of the next page of them. */
export interface GroupMembers {
  group: Group;
  users: User[];
  cursor?: string | null;
}

/** Groups, and the cursor of the next page; none is the last one. */
export interface GroupPage {
  groups: Group[];
  cursor?: string | null;
}

/** What a search found: a turn (none: the title) of a chat, with the text around the words. */
export interface Hit {
  chat: string;
  title: string;
  turn: string | null;
  excerpt: string;
  created: number;
}

/** What was found, newest first, and the cursor of the next page; none is the last one. */
export interface HitPage {
  hits: Hit[];
  cursor?: string | null;
}

/** A picture: either `data` (raw bytes) with its `media_type`, or a `url` that only the engine may fetch. */
export interface Image {
  type: "image";
  data?: string | null;
  media_type?: string | null;
  url?: string | null;
  detail?: string | null;
  foreign?: Record<string, unknown> | null;
  source?: Source | null;
}

/** A new key. `key` is shown only now: of it nothing is kept but a hash. */
export interface KeyMade {
  key: string;
  about: ApiKey;
}

/** Keys, and the cursor of the next page; none is the last one. */
export interface KeyPage {
  keys: ApiKey[];
  cursor?: string | null;
}

/** What one run put into its prompt. `prompt_tokens` is our count and the sum of the parts' tokens; `engine_prompt` and `engine_completion` are the engine's own counts, `None` where it gave none. `ignored` are fields of the request that nobody understood. `shared` says that the answer came from the cache or from a flight that was under way. `cost` is in micro-units of `currency`, from the prices on the model's card. `created` is in microseconds. */
export interface Ledger {
  run: string;
  model: string;
  connection: string;
  created: number;
  prompt_tokens: number;
  parts?: LedgerPart[];
  cuts?: LedgerCut[];
  ignored?: string[];
  outcome?: "complete" | "cut" | "stopped" | "failed" | "interrupted" | null;
  engine_prompt?: number | null;
  engine_completion?: number | null;
  shared?: boolean;
  cost?: number | null;
  currency?: string | null;
}

/** One piece that was left out, and `why`: a sentence for people. */
export interface LedgerCut {
  kind: "instructions" | "message" | "reasoning" | "tool" | "tool_call" | "tool_result" | "file" | "passage" | "memory" | "opaque";
  tokens: number;
  why: string;
  id?: string | null;
  name?: string | null;
}

/** One piece of a prompt, in its order. `id` is that of a turn, file, passage or memory, where it has one; `name` is a role, a file's or a tool's name. */
export interface LedgerPart {
  kind: "instructions" | "message" | "reasoning" | "tool" | "tool_call" | "tool_result" | "file" | "passage" | "memory" | "opaque";
  tokens: number;
  id?: string | null;
  name?: string | null;
}

/** A line: how many wait, how many are served now, and the expected milliseconds of one. */
export interface LineState {
  waiting: number;
  serving: number;
  estimate_ms: number;
}

/** Something else in the sidebar changed: read that list again. */
export interface ListChanged {
  t: "list";
  what: "chats" | "folders" | "tags" | "shares" | "files";
}

/** A model that is in memory now: sizes in bytes, `expires` in microseconds. */
export interface LoadedModel {
  card: ModelCard;
  size?: number;
  size_vram?: number;
  expires?: number | null;
  foreign?: Record<string, unknown> | null;
}

/** The engine loads the model; `fraction` from 0 to 1 where it is known. */
export interface Loading {
  t: "loading";
  fraction: number | null;
}

/** Something said in one role: text as a `str`, or several parts. */
export interface Message {
  type: "message";
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content?: string | (Text | Image | Audio | File)[];
  name?: string | null;
  foreign?: Record<string, unknown> | null;
}

/** What was told in between is not held any more: read everything that is shown again. */
export interface Missed {
  t: "missed";
}

/** What is known of a model. `id` is what clients say; `context` in tokens, `size` in bytes, times in microseconds. `local` says that the engine runs on this machine or is ours; `note` is a sentence for people. */
export interface ModelCard {
  id: string;
  ref: ModelRef;
  engine: string;
  capabilities?: ("chat" | "completion" | "embed" | "tools" | "vision" | "json" | "thinking" | "n" | "logprobs" | "insert")[];
  context?: number | null;
  state?: "loaded" | "ready" | "loading" | "remote" | "unavailable";
  created?: number;
  size?: number;
  digest?: string;
  owner?: string;
  note?: string | null;
  prompt_price?: number | null;
  completion_price?: number | null;
  currency?: string | null;
  foreign?: Record<string, unknown> | null;
}

/** A model of one connection: `name` is what the engine calls it. */
export interface ModelRef {
  connection: string;
  name: string;
}

/** Somebody with all that is kept of them. `salt` is 16 bytes, or missing for somebody who never signed in. */
export interface MovedPerson {
  name: string;
  password_hash: string;
  tier: string;
  salt: string | null;
  sets: MovedSet[];
}

/** One set: `created` in seconds since 1970, texts as they lie in the files (in JSON as base64), `null` for a file that is not there. */
export interface MovedSet {
  name: string;
  created: number;
  encrypted: boolean;
  memory: string | null;
  prompt: string | null;
  history: string | null;
}

/** An item of one dialect that we keep and send on but do not understand. */
export interface Opaque {
  type: "opaque";
  dialect: string;
  value: Record<string, unknown>;
}

/** A chat with all of its turns, oldest first. */
export interface OpenChat {
  chat: Chat;
  turns: Turn[];
}

/** A link that can be used once. `token` is shown only now: of it nothing is kept but a hash. `path` is where a browser opens it, `url` the whole address where the settings say how browsers reach the server. `expires` is in microseconds since 1970. */
export interface PasswordLink {
  token: string;
  path: string;
  user: string;
  expires: number;
  url: string | null;
}

/** Some names in their order; `next` is what the following page begins after, and empty on the last one. */
export interface People {
  names: string[];
  next: string;
}

/** What an admin of a tenant decides while the server runs. `version` grows with every change. */
export interface Preferences {
  version: number;
  sign_up: "closed" | "pending" | "user";
}

/** What went wrong. `type` ends in the kind; `detail` is a sentence and `hint` what to do about it; `code` is a short stable word; `field` the dotted name of the field at fault; `retry_after` is in seconds. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  hint?: string | null;
  code?: string | null;
  field?: string | null;
  retry_after?: number | null;
}

/** A download or another long task moved on: `done` of `total`, in bytes unless the label says otherwise. */
export interface Progressed {
  t: "progressed";
  label: string;
  done?: number;
  total?: number | null;
  digest?: string | null;
}

/** The run waits for a slot: `position` from 1, `length` of the whole line, `wait_ms` as an estimate. */
export interface Queued {
  t: "queued";
  position: number;
  length: number;
  wait_ms: number;
}

/** The engine reads the prompt; `fraction` from 0 to 1 where it is known. */
export interface Reading {
  t: "reading";
  fraction: number | null;
}

/** What a model thought before it answered. */
export interface Reasoning {
  type: "reasoning";
  text: string;
  foreign?: Record<string, unknown> | null;
}

/** Codes that get in without the app, each once. They are shown only now: of them only hashes are kept. */
export interface RecoveryCodes {
  codes: string[];
}

/** How much somebody's files take, in bytes: `used` by `files` that are there, `reserved` by uploads under way, of at most `limit` (`None`: no bound). */
export interface Room {
  used: number;
  reserved: number;
  files: number;
  limit: number | null;
}

/** A run: `state` is `waiting`, `running` or how it ended (`complete`, `cut`, `stopped`, `failed`, `interrupted`); `events` counts what was said so far; `notice` is the newest progress (`queued` tells the place in line); `created` is in microseconds since 1970. */
export interface RunView {
  run: string;
  model: string;
  state: string;
  created: number;
  events: number;
  cached?: boolean;
  notice?: Queued | Loading | Reading | Progressed | null;
  error?: Failure | null;
}

/** Tuning knobs. An engine ignores those it does not have; `None` leaves the choice to the engine. */
export interface Sampling {
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
  min_p?: number | null;
  max_tokens?: number | null;
  stop?: string[] | null;
  seed?: number | null;
  presence_penalty?: number | null;
  frequency_penalty?: number | null;
  repeat_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
}

/** What was made: the chat, the question's turn, and the answers; `answer` and `run` are the first one's. Without any answer (`models` of a question that was kept only) the last two are empty. */
export interface Sent {
  chat: string;
  turn: string;
  answer: string;
  run: string;
  answers: Answering[];
}

/** A sign-in that goes on. `via` is how it was made: `password`, or a later way to sign in. */
export interface Session {
  id: string;
  tenant: string;
  user: string;
  kind: "cookie" | "jwt";
  created: number;
  expires: number;
  last_seen: number;
  agent?: string;
  address?: string;
  via?: string;
}

/** Sessions, and the cursor of the next page; none is the last one. */
export interface SessionPage {
  sessions: Session[];
  cursor?: string | null;
}

/** A setting as it was when the server started. `key` is dotted, items of lists by their place (`keys[0].name`); a secret's `value` is `set`. `layer` says whose word it is (`default`, `file`, `environment` and so on), `place` where exactly: a file and its line, or the name of a variable or flag. */
export interface SettingFact {
  key: string;
  value: unknown;
  layer: string;
  place: string;
}

/** Every setting, in the order of the reference, and the settings file: the one that was read, or else where one would be (then `exists` is false). */
export interface SettingFacts {
  file: string;
  exists: boolean;
  settings: SettingFact[];
}

/** A link to a chat as it was when the link was made. The link's token is kept as a digest only. `expires` is the time from which it is gone; none is never. */
export interface Share {
  id: string;
  tenant: string;
  user: string;
  chat: string;
  title: string;
  created: number;
  expires?: number | null;
}

/** A new link. `token` and `path`, which has it, are shown this once. */
export interface ShareMade {
  share: Share;
  token: string;
  path: string;
}

/** Some links, newest first, and the cursor of the next page; none is the last one. */
export interface SharePage {
  shares: Share[];
  cursor?: string | null;
}

/** A session that has begun. `token` is shown only now: programs send it as `Authorization: Bearer`, browsers get it as a cookie too. It holds for `seconds`, until `expires` (microseconds since 1970). */
export interface SignedIn {
  token: string;
  kind: "cookie" | "jwt";
  seconds: number;
  expires: number;
  user: User;
  scopes: ("chat" | "models:write" | "observe" | "admin" | "operate")[];
}

/** A run with the answer so far, folded from its events. */
export interface Snapshot {
  run: string;
  model: string;
  state: string;
  created: number;
  events: number;
  cached?: boolean;
  notice?: Queued | Loading | Reading | Progressed | null;
  error?: Failure | null;
  choices?: Choice[];
  usage?: Usage | null;
}

/** Where a part was taken from, for the run's ledger: no engine is told of it. */
export interface Source {
  kind: "file" | "passage" | "memory";
  id: string;
  name?: string | null;
}

/** A dialect at a door. `path` is where its clients point their base URL, below the door's address. */
export interface Spoken {
  name: string;
  title: string;
  about: string;
  path: string;
}

/** The engine began to answer. `id` and `foreign` are the upstream's own. */
export interface Started {
  t: "started";
  model: string;
  id?: string | null;
  foreign?: Record<string, unknown> | null;
}

/** A download or another long task entered a new step. */
export interface Stepped {
  t: "stepped";
  label: string;
  foreign?: Record<string, unknown> | null;
}

/** Tags by name, each with the number of chats that have it. */
export interface TagList {
  tags: Tagged[];
}

/** A tag, as it was written last, and how many chats have it. */
export interface Tagged {
  tag: string;
  chats: number;
}

/** A tenant: a team that sees nothing of the others. `number` is for dialects whose tenants have integers. */
export interface Tenant {
  id: string;
  name: string;
  number: number;
  created: number;
  updated: number;
  disabled: boolean;
}

/** Tenants, and the cursor of the next page; none is the last one. */
export interface TenantPage {
  tenants: Tenant[];
  cursor?: string | null;
}

/** Plain text inside a message of several parts. */
export interface Text {
  type: "text";
  text: string;
  foreign?: Record<string, unknown> | null;
  source?: Source | null;
}

/** A function the model may call: `parameters` is a JSON schema. */
export interface Tool {
  name: string;
  description?: string | null;
  parameters?: Record<string, unknown> | null;
  strict?: boolean | null;
  foreign?: Record<string, unknown> | null;
}

/** A model asks for a tool. `arguments` is JSON text exactly as the model wrote it. */
export interface ToolCall {
  type: "tool_call";
  id: string;
  name: string;
  arguments: string;
  foreign?: Record<string, unknown> | null;
}

/** The model began to call a tool; its arguments follow as deltas of the lane `arguments` with the same `item`. */
export interface ToolCalled {
  t: "tool_called";
  item: number;
  id: string;
  name: string;
  choice?: number;
  foreign?: Record<string, unknown> | null;
}

/** What a tool answered to the call with this id. */
export interface ToolResult {
  type: "tool_result";
  id: string;
  content: string | (Text | Image | Audio | File)[];
  name?: string | null;
  foreign?: Record<string, unknown> | null;
}

/** Something was left out of the prompt, and why. */
export interface Trimmed {
  t: "trimmed";
  what: string;
  why: string;
  tokens?: number;
}

/** One step in a chat's tree: what a user sent, or a whole answer with all of its tool rounds. `files` are ids of uploaded files that go with it. `sent` is shared by the turns that one operation made. `run` is the run that answered (last). `tokens` is our estimate of the whole turn. `prefix_hash` is the chained hash of all that was said up to and with this turn; of a running turn there is none. `rating` is -1, 0 or 1. */
export interface Turn {
  id: string;
  chat: string;
  role: "system" | "user" | "assistant";
  state: "running" | "complete" | "cut" | "stopped" | "failed" | "interrupted";
  created: number;
  parent?: string | null;
  items?: TurnItem[];
  model?: string | null;
  files?: string[];
  usage?: Usage | null;
  error?: Failure | null;
  run?: string | null;
  rating?: number;
  note?: string | null;
  client_id?: string | null;
  sent?: string;
  tokens?: number;
  prefix_hash?: string | null;
  ended?: number | null;
  foreign?: Record<string, unknown> | null;
}

/** One thing said in a turn. `id` names it within its turn (`message-1`), and stays while the answer grows. */
export interface TurnItem {
  id: string;
  item: Message | Reasoning | ToolCall | ToolResult | Opaque;
  status?: "complete" | "partial";
}

/** Tokens as the engine counted them, and nanoseconds where the engine measures them (Ollama). */
export interface Usage {
  t: "usage";
  prompt?: number;
  completion?: number;
  cached?: number | null;
  reasoning?: number | null;
  total_ns?: number | null;
  load_ns?: number | null;
  prompt_ns?: number | null;
  completion_ns?: number | null;
  foreign?: Record<string, unknown> | null;
}

/** What one user used of one model on one `day` (as `2026-05-01`, UTC); `cost` is in micro-units of `currency`. */
export interface UsageSum {
  day: string;
  user: string;
  model: string;
  requests: number;
  prompt: number;
  completion: number;
  cost?: number;
  currency?: string | null;
}

/** A person (or a program with a user's id) as others may see it. `last_seen` is kept to the minute. */
export interface User {
  id: string;
  tenant: string;
  name: string;
  role: "pending" | "user" | "admin";
  created: number;
  updated: number;
  email?: string | null;
  operates?: boolean;
  disabled?: boolean;
  owned_by?: "database" | "file" | "machine";
  last_seen?: number | null;
  has_password?: boolean;
  has_totp?: boolean;
}

/** Users, and the cursor of the next page; none is the last one. */
export interface UserPage {
  users: User[];
  cursor?: string | null;
}

/** A whole answer at once, from an engine that was told that nobody streams. */
export interface Whole {
  t: "whole";
  choices: Choice[];
  usage?: Usage | null;
  foreign?: Record<string, unknown> | null;
}

/** What a run says, with the number of the event and its time in microseconds. */
export type RunEvent = (Started | Delta | ToolCalled | Finished | Usage | Trimmed | Stepped | Whole | Ended) & { n: number; at?: number };

/** Progress that is only worth seeing while it is fresh. */
export type Notice = Queued | Loading | Reading | Progressed;

/** What a user's pages are told of. */
export type FeedEntry = ChatChanged | AnswerBegun | AnswerEnded | ListChanged | Missed;

/** What went wrong, in a word. */
export type ProblemKind = "invalid" | "unauthenticated" | "forbidden" | "missing" | "conflict" | "too_large" | "over_budget" | "busy" | "context_full" | "upstream" | "timed_out" | "cancelled" | "unsupported" | "internal";

/** The stable word of a problem. */
export type ProblemCode =
  | `${string}_not_found`
  | `${string}_rate`
  | "account_disabled"
  | "account_exists"
  | "answering"
  | "bad_back"
  | "bad_cursor"
  | "bad_email"
  | "bad_name"
  | "bad_number"
  | "bad_path"
  | "bad_place"
  | "bad_text"
  | "bad_vouching"
  | "beyond_your_models"
  | "beyond_your_scopes"
  | "body_too_large"
  | "budget"
  | "cannot_unseal"
  | "changed_meanwhile"
  | "chat_changed"
  | "chat_too_large"
  | "circuit_open"
  | "client_id_used"
  | "cut"
  | "draining"
  | "empty"
  | "empty_file"
  | "file_not_readable"
  | "file_too_large"
  | "file_too_large_for_model"
  | "first_account_elsewhere"
  | "first_tenant_stays"
  | "flier_away"
  | "folder_within_itself"
  | "folders_too_deep"
  | "foreign_host"
  | "foreign_origin"
  | "guests_keep_nothing"
  | "imported"
  | "importing"
  | "internal"
  | "interrupted"
  | "invalid_api_key"
  | "invalid_console_token"
  | "key_needed"
  | "last_admin"
  | "link_over"
  | "malformed"
  | "method_not_allowed"
  | "metrics_disabled"
  | "mirror_away"
  | "missing_api_key"
  | "missing_field"
  | "missing_scope"
  | "model_not_found"
  | "name_taken"
  | "needs_operator"
  | "needs_sign_in"
  | "newer_file"
  | "no_content"
  | "no_keys"
  | "no_model_store"
  | "no_password"
  | "no_question"
  | "no_room"
  | "no_second_factor"
  | "not_a_chat_model"
  | "not_a_question"
  | "not_a_tree"
  | "not_added"
  | "not_admitted"
  | "not_an_answer"
  | "not_an_embedding_model"
  | "not_found"
  | "not_of_the_database"
  | "not_your_account"
  | "nothing_to_continue"
  | "other_secret"
  | "out_of_range"
  | "overdue"
  | "owned_by_file"
  | "owner_stays"
  | "page_not_built"
  | "passwords_differ"
  | "person_not_found"
  | "previous_not_found"
  | "provider_misconfigured"
  | "provider_not_found"
  | "queue_full"
  | "range_not_satisfiable"
  | "reader_dropped"
  | "revoked"
  | "second_factor_needed"
  | "second_factor_set"
  | "session_over"
  | "share_too_large"
  | "sign_in_declined"
  | "sign_in_elsewhere"
  | "sign_in_unknown"
  | "sign_up_closed"
  | "speech_broken"
  | "speech_refused"
  | "strange_file"
  | "tenant_not_found"
  | "too_deep"
  | "too_long"
  | "too_many"
  | "too_many_addresses"
  | "too_many_chats"
  | "too_many_connections"
  | "too_many_guesses"
  | "too_many_members"
  | "too_many_numbers"
  | "too_many_sign_ins"
  | "too_many_views"
  | "trial_timeout"
  | "unknown_kind"
  | "unsupported_media_type"
  | "upload_expired"
  | "wrong_code"
  | "wrong_password"
  | "wrong_provider"
  | "wrong_type";

/** Everything that can be wanted: what it takes, and what it gives. */
export interface Operations {
  /** Begin a second factor: a new secret for an app that makes codes (TOTP). A secret that was begun before ends. */
  "accounts.begin_second_factor": { takes: { password: string }; gives: FactorBegun };
  /** Change one's own name or address; an empty address takes it away. */
  "accounts.change": { takes: { name?: string | null | undefined; email?: string | null | undefined }; gives: User };
  /** Set another password. All other sessions end; this one and keys stay what they are. */
  "accounts.change_password": { takes: { current: string; password: string }; gives: null };
  /** Show a code of the app, so that it is asked for at each sign-in with the password from now on. */
  "accounts.confirm_second_factor": { takes: { code: string }; gives: RecoveryCodes };
  /** Delete one's own account with all that is one's own, for good: chats, files, keys. `password` may be empty where the account has none. The machine's owner and the last admin stay. */
  "accounts.delete": { takes: { password?: string | undefined }; gives: null };
  /** Who one is, and what one may do. */
  "accounts.read": { takes: Record<string, never>; gives: Account };
  /** Make new recovery codes; those from before end. */
  "accounts.recovery_codes": { takes: { password: string }; gives: RecoveryCodes };
  /** Sign in with the password alone again. */
  "accounts.remove_second_factor": { takes: { password: string }; gives: null };
  /** Set one's password with the token of a link. All sessions end, the link too; a second factor stays. Raises `Fault(unauthenticated, code="link_over")`, whatever is wrong with the link. */
  "accounts.set_password": { takes: { token: string; password: string }; gives: null };
  /** Begin a session. `account` is the address, or the name of an account without one; `code` answers a second factor. Raises `Fault(unauthenticated, code="wrong_password")` whatever was wrong, `Fault(over_budget)` after too many. */
  "accounts.sign_in": { takes: { account: string; password: string; code?: string | null | undefined; kind?: "cookie" | "jwt" | undefined }; gives: SignedIn };
  /** End the session that this is asked with. A key has none, and stays what it is. */
  "accounts.sign_out": { takes: Record<string, never>; gives: null };
  /** End all of one's sessions, this one too. Keys stay what they are. */
  "accounts.sign_out_everywhere": { takes: Record<string, never>; gives: null };
  /** Make an account for oneself, and sign in. The first one becomes admin and operator, owns what was made on this machine before, and ends use without a key or account; it is made from this machine, or with the console token as the key. What later ones become is the preference `sign_up`. Without an address one signs in with the name. */
  "accounts.sign_up": { takes: { name: string; password: string; email?: string | null | undefined; kind?: "cookie" | "jwt" | undefined }; gives: SignedIn };
  /** The counters of caches, joins and batches, as far as they are the caller's own. */
  "admission.read": { takes: { pool?: string | undefined }; gives: AdmissionState };
  /** Security events of the tenant, newest first. `act`, `actor` and `subject` must be equal, times lie in `since` ≤ happened < `until` (microseconds since 1970); what is empty is not asked. */
  "audit.list": { takes: { act?: string | undefined; actor?: string | undefined; subject?: string | undefined; since?: number | undefined; until?: number | undefined; cursor?: string | undefined; limit?: number | undefined }; gives: AuditPage };
  /** List the backups that the server's folder holds, newest first. */
  "backups.list": { takes: Record<string, never>; gives: Backup[] };
  /** Back the whole server up, while it serves. With a passphrase the backup is sealed and holds the secrets too. */
  "backups.make": { takes: { passphrase?: string | null | undefined }; gives: Backup };
  /** Whether the model store holds a blob with this digest. */
  "blobs.find": { takes: { digest: string }; gives: boolean };
  /** Remove a budget. */
  "budgets.delete": { takes: { budget: string }; gives: null };
  /** Every budget of the tenant. */
  "budgets.list": { takes: Record<string, never>; gives: BudgetStanding[] };
  /** The budgets that bind the caller, with what is used of each and when it resets. */
  "budgets.read": { takes: Record<string, never>; gives: Allotment[] };
  /** Set what somebody may use in a day, week or month (of the calendar, in UTC). `subject` and `name` say who: a user, group or key by its id (a group by its name too), every one of the kind with `*`, or the whole tenant (then without a name). `limit` is in requests, tokens, or millionths of `currency`; 0 allows nothing. One for the same subject, unit, period and currency is changed. */
  "budgets.set": { takes: { subject: "user" | "group" | "key" | "tenant"; unit: "requests" | "tokens" | "money"; period: "day" | "week" | "month"; limit: number; name?: string | undefined; currency?: string | null | undefined }; gives: Budget };
  /** Forget the caller's own kept answers, conversations, or both, and zero their counters. */
  "caches.clear": { takes: { which?: "all" | "responses" | "conversations" | undefined; pool?: string | undefined }; gives: null };
  /** Take in one of the chatbot app's people with all sets, unless somebody of that name is there already. */
  "chatbot.people.import": { takes: { person: MovedPerson }; gives: Arrived };
  /** List the people of the chatbot app by name. */
  "chatbot.people.list": { takes: { after?: string | undefined }; gives: People };
  /** Show one of the chatbot app's people with everything, sealed as it is. */
  "chatbot.people.read": { takes: { name: string }; gives: MovedPerson };
  /** Delete all of the caller's own chats and folders. */
  "chats.clear": { takes: Record<string, never>; gives: null };
  /** Go on with an answer that was stopped, cut, interrupted or failed, from what there is of it. */
  "chats.continue": { takes: { turn: string; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined }; gives: Sent };
  /** Begin an empty chat. `client_id` is an id that the client made: the same one gives the same chat again, and not a second one. */
  "chats.create": { takes: { title?: string | undefined; folder?: string | null | undefined; client_id?: string | null | undefined }; gives: Chat };
  /** Delete a chat with its turns, tags and links; what still runs in it is stopped. */
  "chats.delete": { takes: { chat: string }; gives: null };
  /** Say something else in place of an earlier question: a new branch, beside the one there is. */
  "chats.edit": { takes: { turn: string; text?: string | undefined; parts?: (Text | Image | Audio | File)[] | undefined; files?: string[] | undefined; models?: string[] | undefined; client_id?: string | null | undefined; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined }; gives: Sent };
  /** The caller's own chats: pinned ones first, then the newest change first. `folder` takes those of one folder, `unfiled` those of none, `tag` those with one tag. `cursor` is the one that the page before gave. */
  "chats.list": { takes: { archived?: boolean | undefined; folder?: string | null | undefined; unfiled?: boolean | undefined; pinned?: boolean | null | undefined; tag?: string | null | undefined; limit?: number | undefined; cursor?: string | undefined }; gives: ChatPage };
  /** Put a chat into a folder, or (without one) out of it. */
  "chats.move": { takes: { chat: string; folder?: string | null | undefined }; gives: Chat };
  /** Open a chat with all of its turns; what a running answer has said so far is in its turn. */
  "chats.read": { takes: { chat: string }; gives: OpenChat };
  /** Answer once more, beside the answers there are, by the same model or others. `turn` is an answer or the question itself. */
  "chats.regenerate": { takes: { turn: string; models?: string[] | undefined; client_id?: string | null | undefined; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined }; gives: Sent };
  /** Find words in the titles and turns of the caller's own chats, newest first. All words must stand in one turn or title; what is in quotes stands together. The last word may be one that is only begun. Filters among the words: `folder:name`, `tag:name`, `pinned:yes`, `archived:yes` (or `all`), with quotes around a name of several words; without words they give the chats themselves. `cursor` is the one that the page before gave. */
  "chats.search": { takes: { query: string; limit?: number | undefined; cursor?: string | undefined }; gives: HitPage };
  /** Say something in a chat, and ask for answers to it. Without a chat a new one begins (in `folder`, if one is named). Without `parent` it goes on from the branch that is shown. `parts` are pictures and sounds, `files` ids of uploaded files. `client_id` is an id that the client made for this message: sent again with it, the message gives what was made before; another message is a conflict. `instructions` go before the prompts of these answers alone, behind those of the folder. */
  "chats.send": { takes: { text?: string | undefined; chat?: string | null | undefined; parent?: string | null | undefined; folder?: string | null | undefined; parts?: (Text | Image | Audio | File)[] | undefined; files?: string[] | undefined; models?: string[] | undefined; client_id?: string | null | undefined; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined }; gives: Sent };
  /** Stop what is being answered in a chat, or one answer of it; what was said is kept. Gives whether any was. */
  "chats.stop": { takes: { chat: string; turn?: string | null | undefined }; gives: boolean };
  /** Give a chat tags and take some away; gives all that it has then. */
  "chats.tag": { takes: { chat: string; add?: string[] | undefined; remove?: string[] | undefined }; gives: string[] };
  /** Rename, pin or archive a chat, or choose the branch that is shown; what is not given stays. `head` is a turn of this chat: the branch goes on from it by the newest turn each time. With `version` the change is refused when the chat has changed since that version was read. */
  "chats.update": { takes: { chat: string; title?: string | null | undefined; pinned?: boolean | null | undefined; archived?: boolean | null | undefined; head?: string | null | undefined; version?: number | null | undefined }; gives: Chat };
  /** Add a connection. It is used at once, by every process. `kind` is an engine of this installation (else openai), `base_url` its address (else the kind's usual one), `prefix` stands before its models' names, `models` are those to offer (else it is asked which there are). `max_concurrent` and `max_queue_size` bound its line (else as the settings do); the seconds are those to connect, until the first token, between two tokens and for a whole answer. `api_key` is sealed before it is kept, and never told again. */
  "connections.create": { takes: { name: string; kind?: string | undefined; base_url?: string | null | undefined; api_key?: string | null | undefined; prefix?: string | undefined; models?: string[] | undefined; enabled?: boolean | undefined; max_concurrent?: number | null | undefined; max_queue_size?: number | null | undefined; connect_seconds?: number | undefined; first_token_seconds?: number | undefined; between_seconds?: number | undefined; total_seconds?: number | null | undefined; retries?: number | undefined }; gives: ConnectionFacts };
  /** Remove a connection with its key. Answers that are under way end as they began. */
  "connections.delete": { takes: { connection: string }; gives: null };
  /** Every connection with how it fares, those of the settings and those that were found too; and the kinds there are. */
  "connections.list": { takes: Record<string, never>; gives: ConnectionList };
  /** Ask an engine for its models, and say how many there are or what went wrong, within ten seconds. `connection` is one that is there, as it is or with what is given besides; without it one that is not kept yet is tried. */
  "connections.test": { takes: { name?: string | undefined; kind?: string | undefined; base_url?: string | null | undefined; api_key?: string | null | undefined; prefix?: string | undefined; models?: string[] | undefined; enabled?: boolean | undefined; max_concurrent?: number | null | undefined; max_queue_size?: number | null | undefined; connect_seconds?: number | undefined; first_token_seconds?: number | undefined; between_seconds?: number | undefined; total_seconds?: number | null | undefined; retries?: number | undefined; connection?: string | null | undefined }; gives: ConnectionTested };
  /** Change a connection. What is left out stays: the key too, unless the address leads to another server, which must not get it unasked; a key of null takes it away. Answers that are under way end as they began. */
  "connections.update": { takes: { name?: string | undefined; kind?: string | undefined; base_url?: string | null | undefined; api_key?: string | null | undefined; prefix?: string | undefined; models?: string[] | undefined; enabled?: boolean | undefined; max_concurrent?: number | null | undefined; max_queue_size?: number | null | undefined; connect_seconds?: number | undefined; first_token_seconds?: number | undefined; between_seconds?: number | undefined; total_seconds?: number | null | undefined; retries?: number | undefined; connection: string }; gives: ConnectionFacts };
  /** The caller's own feed: what changes in the sidebar, and which answers begin and end, as it happens. */
  "feeds.read": { takes: Record<string, never>; gives: FeedView };
  /** Remove a file and its content. Chats that name it go on without it. */
  "files.delete": { takes: { file: string }; gives: null };
  /** The caller's files, newest first. `cursor` is the one that the page before gave. */
  "files.list": { takes: { cursor?: string | undefined; limit?: number | undefined }; gives: FilePage };
  /** One file, without its content. */
  "files.read": { takes: { file: string }; gives: FileView };
  /** How much room the caller's files take, and how much there is. */
  "files.usage": { takes: Record<string, never>; gives: FileUsage };
  /** Make a folder, perhaps within another. `instructions` go before every prompt of its chats (after those of the folders above), and so do its `files`, which are ids of uploaded ones. */
  "folders.create": { takes: { name: string; parent?: string | null | undefined; instructions?: string | undefined; files?: string[] | undefined }; gives: Folder };
  /** Delete a folder. Its chats and folders are in the one above it then, or in none. */
  "folders.delete": { takes: { folder: string }; gives: null };
  /** All of the caller's own folders, by name; the tree is in their `parent`. */
  "folders.list": { takes: Record<string, never>; gives: Folder[] };
  /** Put a folder with all in it into another, or (without one) to the top. */
  "folders.move": { takes: { folder: string; parent?: string | null | undefined }; gives: Folder };
  /** Give a folder another name, other instructions or other files; what is not given stays. */
  "folders.update": { takes: { folder: string; name?: string | null | undefined; instructions?: string | null | undefined; files?: string[] | null | undefined }; gives: Folder };
  /** Change a group's name or description; what is null stays. */
  "groups.change": { takes: { group: string; name?: string | null | undefined; description?: string | null | undefined }; gives: Group };
  /** Make a group. */
  "groups.create": { takes: { name: string; description?: string | undefined }; gives: Group };
  /** Delete a group; its members stay users. */
  "groups.delete": { takes: { group: string }; gives: null };
  /** The groups of the tenant by name. */
  "groups.list": { takes: { cursor?: string | undefined; limit?: number | undefined }; gives: GroupPage };
  /** Put users into a group and take others out; who is in already, or out, stays so. */
  "groups.members": { takes: { group: string; add?: string[] | undefined; remove?: string[] | undefined }; gives: Group };
  /** One group, and who is in it. */
  "groups.read": { takes: { group: string; cursor?: string | undefined; limit?: number | undefined }; gives: GroupMembers };
  /** Make an API key for oneself; with the console token, on the machine itself, also for another `user`. It never may more than who makes it, nor more than its user at the time it is used. `models` are glob patterns; `expires` is in microseconds since 1970. While there is no account, the first key ends use without one. */
  "keys.create": { takes: { name: string; scopes?: ("chat" | "models:write" | "observe" | "admin" | "operate")[] | undefined; models?: string[] | undefined; expires?: number | null | undefined; share_answers?: boolean | null | undefined; keep_chats?: boolean | undefined; requests_per_minute?: number | null | undefined; tokens_per_minute?: number | null | undefined; user?: string | null | undefined }; gives: KeyMade };
  /** One's keys, newest first; an admin may ask for another `user`, or with `*` for everybody's. */
  "keys.list": { takes: { user?: string | undefined; cursor?: string | undefined; limit?: number | undefined }; gives: KeyPage };
  /** Take a key out of service for good, one's own or as an admin another's. */
  "keys.revoke": { takes: { key: string }; gives: null };
  /** What a run put into its prompt and what it left out, with token counts. Of a stateless ask it is there for ten minutes, of a saved chat as long as the chat. */
  "ledgers.read": { takes: { run: string }; gives: Ledger };
  /** The state of a line by name (`chatqueue`, or a connection's name). */
  "lines.read": { takes: { line: string }; gives: LineState };
  /** Ask a model. Gives the `Run` at once; the answer is read from it. `ask.model` is the id the client says (empty: the default model); the core resolves it. `detached` runs go on when the caller leaves. `share` is the row's default for the answer cache and joining (the principal's word wins, and a deterministic ask is shared anyway). `cache` `skip` neither reads, writes nor counts. `line` names a line of its own (the queue dialect's) to wait in before the engine's. `previous` is the id of the run whose conversation this one continues: its items go before `ask.items`. `keep` holds the conversation so that a later `previous` finds it. `pool` names the caches to use (a dialect with bounds of its own has its own). `trim` leaves out the oldest of a conversation that is longer than the model's context; else the engine says what it thinks of it. */
  "messages.send": { takes: { ask: ChatAsk; detached?: boolean | undefined; priority?: number | undefined; share?: boolean | undefined; cache?: "use" | "skip" | undefined; line?: string | null | undefined; previous?: string | null | undefined; keep?: boolean | undefined; pool?: string | undefined; trim?: boolean | undefined }; gives: RunView };
  /** Pull, push or create a model. Gives a run whose `Stepped` events and `Progressed` notices tell the progress. `fields` are the rest of the request as the engine's wire has them. `connection` picks one of several engines. */
  "models.change": { takes: { verb: "pull" | "push" | "create"; model: string; fields?: Record<string, unknown> | undefined; connection?: string | null | undefined; detached?: boolean | undefined }; gives: RunView };
  /** Give a model a second name. */
  "models.copy": { takes: { source: string; destination: string }; gives: null };
  /** Remove a model. */
  "models.delete": { takes: { model: string }; gives: null };
  /** Turn texts into vectors. `ask.model` is the id the client says (empty: the default embedder). */
  "models.embed": { takes: { ask: EmbedAsk }; gives: Embedded };
  /** Every model the caller may use: chat models first, the default one at the head. */
  "models.list": { takes: Record<string, never>; gives: ModelCard[] };
  /** Load a model, or with `keep_alive` 0 unload it. Where an engine has no such verb, nothing happens. */
  "models.load": { takes: { model: string; keep_alive?: string | number | null | undefined }; gives: ModelCard };
  /** The models in memory now. */
  "models.loaded": { takes: Record<string, never>; gives: LoadedModel[] };
  /** One model with all that its engine tells of it (in `foreign`). */
  "models.show": { takes: { model: string; verbose?: boolean | undefined }; gives: ModelCard };
  /** Decide otherwise; what is null stays. With a `version` it is a conflict when somebody else decided meanwhile. */
  "preferences.change": { takes: { version?: number | null | undefined; sign_up?: "closed" | "pending" | "user" | null | undefined }; gives: Preferences };
  /** What an admin of the tenant has decided. */
  "preferences.read": { takes: Record<string, never>; gives: Preferences };
  /** The caller's own runs that go on or were detached, newest first. */
  "runs.list": { takes: Record<string, never>; gives: RunView[] };
  /** Get a run to read it; watching takes no hold. */
  "runs.read": { takes: { run: string }; gives: Snapshot };
  /** End a run. Gives whether it was still going; with `waiting_only` a run that has begun is left alone. */
  "runs.stop": { takes: { run: string; waiting_only?: boolean | undefined }; gives: boolean };
  /** How the server introduces itself: its doors, what they speak, and whether a key is still missing. */
  "server.show": { takes: Record<string, never>; gives: Face };
  /** One's sessions that go on, newest first; an admin may ask for another `user`. */
  "sessions.list": { takes: { user?: string | undefined; cursor?: string | undefined; limit?: number | undefined }; gives: SessionPage };
  /** End a session, one's own or as an admin another's. */
  "sessions.revoke": { takes: { session: string }; gives: null };
  /** Every setting with its value and where that comes from, as `parlance config show --origin` tells them. */
  "settings.list": { takes: Record<string, never>; gives: SettingFacts };
  /** Make a link to a chat as it is now: whoever has it can read that, until `expires` (microseconds) or for good. `turn` chooses the branch that goes on from it; by default it is the one that is shown. */
  "shares.create": { takes: { chat: string; turn?: string | null | undefined; expires?: number | null | undefined }; gives: ShareMade };
  /** The caller's own links, newest first, perhaps of one chat only; without their tokens, which nobody knows. */
  "shares.list": { takes: { chat?: string | null | undefined; limit?: number | undefined; cursor?: string | undefined }; gives: SharePage };
  /** Take a link out of service, at once. */
  "shares.revoke": { takes: { share: string }; gives: null };
  /** All of the caller's own tags, or those of one chat. */
  "tags.list": { takes: { chat?: string | null | undefined }; gives: TagList };
  /** Change a tenant's name, or whether its people may come in; what is null stays. The first tenant cannot be shut out. */
  "tenants.change": { takes: { tenant: string; name?: string | null | undefined; disabled?: boolean | null | undefined }; gives: Tenant };
  /** Make a tenant: people who see nothing of the others. */
  "tenants.create": { takes: { name: string }; gives: Tenant };
  /** All tenants by name. */
  "tenants.list": { takes: { cursor?: string | undefined; limit?: number | undefined }; gives: TenantPage };
  /** Delete a turn and all that hangs under it; what still runs there is stopped. */
  "turns.delete": { takes: { turn: string }; gives: null };
  /** Say what an answer is worth: 1 is good, -1 is bad, 0 takes it back; with a note, if one likes. */
  "turns.rate": { takes: { turn: string; rating: number; note?: string | null | undefined }; gives: null };
  /** What everybody of the tenant used in the last `days` days, by day, user and model. */
  "usage.list": { takes: { days?: number | undefined }; gives: UsageSum[] };
  /** What the caller used in the last `days` days, by day and model. */
  "usage.read": { takes: { days?: number | undefined }; gives: UsageSum[] };
  /** Change somebody's name, address (empty: none), role, or whether they may come in at all; what is null stays. */
  "users.change": { takes: { user: string; name?: string | null | undefined; email?: string | null | undefined; role?: "pending" | "user" | "admin" | null | undefined; operates?: boolean | null | undefined; disabled?: boolean | null | undefined }; gives: User };
  /** Make an account for somebody. The first account of the server becomes its admin and operator, whatever is said here. An operator may name another `tenant`. Without a password nobody can sign in with one. */
  "users.create": { takes: { name: string; password?: string | null | undefined; email?: string | null | undefined; role?: "pending" | "user" | "admin" | undefined; operates?: boolean | undefined; tenant?: string | null | undefined }; gives: User };
  /** Delete somebody with all that is theirs, for good. The machine's owner and the last admin stay. */
  "users.delete": { takes: { user: string }; gives: null };
  /** The users of the tenant by name. `sought` is a piece of the name or address; `role` asks for one role. */
  "users.list": { takes: { sought?: string | undefined; role?: string | undefined; cursor?: string | undefined; limit?: number | undefined }; gives: UserPage };
  /** Make a link with which somebody sets a password, once: for who forgot theirs, or for a new account without one. The links that were made for them before end. It holds for `hours`, at most a week. */
  "users.password_link": { takes: { user: string; hours?: number | undefined }; gives: PasswordLink };
  /** One user. */
  "users.read": { takes: { user: string }; gives: User };
  /** Take away somebody's second factor, for who has lost the app and the recovery codes. */
  "users.remove_second_factor": { takes: { user: string }; gives: null };
  /** End all sessions of somebody. */
  "users.sign_out": { takes: { user: string }; gives: null };
}

export type OperationName = keyof Operations;
export type Takes<N extends OperationName> = Operations[N]["takes"];
export type Gives<N extends OperationName> = Operations[N]["gives"];

/** Those that change nothing: they are asked for with GET. */
export type ReadingName =
  | "accounts.read"
  | "admission.read"
  | "audit.list"
  | "backups.list"
  | "blobs.find"
  | "budgets.list"
  | "budgets.read"
  | "chatbot.people.list"
  | "chatbot.people.read"
  | "chats.list"
  | "chats.read"
  | "chats.search"
  | "connections.list"
  | "feeds.read"
  | "files.list"
  | "files.read"
  | "files.usage"
  | "folders.list"
  | "groups.list"
  | "groups.read"
  | "keys.list"
  | "ledgers.read"
  | "lines.read"
  | "models.list"
  | "models.loaded"
  | "models.show"
  | "preferences.read"
  | "runs.list"
  | "runs.read"
  | "server.show"
  | "sessions.list"
  | "settings.list"
  | "shares.list"
  | "tags.list"
  | "tenants.list"
  | "usage.list"
  | "usage.read"
  | "users.list"
  | "users.read";
