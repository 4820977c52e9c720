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

/** Some bases, newest first, and the cursor of the next page; none is the last one. */
export interface BasePage {
  bases: BaseView[];
  cursor?: string | null;
}

/** What a base holds: the room that its documents take (`files` counts them) and that of all in the tenant with its limit, in bytes; how many documents are in each state, and how many chunks are found. `largest` are the bytes that one file may have. While it is embedded anew, `embedded` of `to_embed` chunks have their new vectors. */
export interface BaseUsage {
  own: Room;
  tenant: Room;
  states: Record<string, number>;
  chunks: number;
  largest?: number;
  embedded?: number;
  to_embed?: number;
}

/** A base as it is told. `embedder` is empty where it is searched by words alone; `coming` is the one that it moves to; `problem` and `words` say why it could not, or that its embedder does not fit it any more. `writable` says whether the caller may change it and what is in it; `foreign` is what programs note of it for themselves. `graph` says whether it has one, and is left out where no base has one here. Times in microseconds. */
export interface BaseView {
  id: string;
  name: string;
  user: string;
  access: "own" | "tenant";
  created: number;
  changed: number;
  writable: boolean;
  options: ChunkOptions;
  description?: string;
  embedder?: string;
  reranker?: string;
  coming?: string | null;
  problem?: string;
  words?: string;
  foreign?: Record<string, unknown> | null;
  graph?: GraphOptions | null;
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

/** How documents are cut. `size` and `overlap` in code points; `separators` in the order of preference. `parent_size` above 0 makes parents of that size whose children are searched; `headings` starts a chunk at every heading that opens a section. `vision` is the id of the model that says what is to be seen in pictures: none is the server's (`knowledge.vision`), an empty text none at all. `transcriber` is the id of the one that writes down files of sound, likewise (`knowledge.transcriber`). */
export interface ChunkOptions {
  size?: number;
  overlap?: number;
  separators?: string[];
  parent_size?: number;
  headings?: boolean;
  vision?: string | null;
  transcriber?: string | null;
}

/** Some chunks in their order, and the cursor of the next page; none is the last one. `total` counts all of them where that was asked for. */
export interface ChunkPage {
  chunks: ChunkView[];
  cursor?: string | null;
  total?: number | null;
}

/** A passage as it is told. `place` counts from 0 in its document; `span` is where it stands in the document's text, in code points; `context` is what it stands under; one that is the `parent` of others is not `searched` itself. */
export interface ChunkView {
  id: string;
  document: string;
  place: number;
  content: string;
  span: Span;
  kind?: "text" | "table" | "ocr" | "caption" | "summary";
  context?: string;
  parent?: string | null;
  enabled?: boolean;
  searched?: boolean;
  foreign?: Record<string, unknown> | null;
}

/** What one sentence of an answer rests on: the stretch of a document, in code points of its text, from `start` up to and without `stop`. `number` is the passage's in the prompt, `page` that where the stretch begins, and `last_page` the one where it ends, if that is another. `sure` says that the stretch holds the words; else it is the whole passage, and nothing in it is to be marked. */
export interface Citation {
  number: number;
  document: string;
  chunk: string;
  start: number;
  stop: number;
  name?: string;
  page?: number | null;
  sure?: boolean;
  last_page?: number | null;
}

/** A sentence of the answer cites passages. It lies in the answer's text from code point `start` up to and without `stop`, with the marks behind it. One that cites a number again comes in parts, each with what it says itself. `missing` are numbers that no passage has: they are no citations. */
export interface Cited {
  t: "cited";
  start: number;
  stop: number;
  citations?: Citation[];
  missing?: number[];
  choice?: number;
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

/** What came of asking an engine for its models: how many there are, the first of their names, and the time that it took; or what went wrong. `rerankers` are those of them that can `rerank`. */
export interface ConnectionTested {
  ok: boolean;
  milliseconds: number;
  model_count?: number;
  model_names?: string[];
  rerankers?: string[];
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

/** The second setting against the first in one figure: the means over the same questions, and how often chance alone would part them as far (`p`, two-sided, paired bootstrap). */
export interface Difference {
  one: number;
  other: number;
  p: number;
}

/** A document of a knowledge base came, came further, or went: it is read to `done` of `pages`, as far as these are known; `problem` is the code of what is wrong with it. */
export interface DocumentChanged {
  t: "document";
  document: string;
  base: string;
  state: "waiting" | "parsing" | "embedding" | "ready" | "failed" | "deleted";
  done?: number;
  pages?: number;
  problem?: string;
}

/** Some documents, newest first, and the cursor of the next page; none is the last one. `total` counts all of them where that was asked for. */
export interface DocumentPage {
  documents: DocumentView[];
  cursor?: string | null;
  total?: number | null;
}

/** A sentence for people in `words`; where Parlance itself made it, the `code` of what it says with its `values` (`why` is a sentence, `problem` its code and `kind` of which kind it is), so that it can be said in another language. A parser that somebody added may say sentences alone, and so do rows of before. */
export interface DocumentRemark {
  words: string;
  code?: string;
  values?: Record<string, string | number>;
}

/** A document as it is told. `done` of `pages` are read, as far as these are known; while it is `embedding`, `embedded` of `to_embed` passages have vectors, which is told where it is read or listed. `problem` is the code of what is wrong, `words` what to do about it, `remarks` what else is to be said of one that is ready, and `remarked` the same with its codes and values, for whoever says it in another language. `size` in bytes, times in microseconds. `foreign` is what programs note of it for themselves; `has_page_pictures` says that its pages can be looked at here (`documents.pages.read`), `duplicate` of an answer to an upload that it was there before. */
export interface DocumentView {
  id: string;
  base: string;
  name: string;
  source: "upload" | "address" | "folder" | "text";
  state: "waiting" | "parsing" | "embedding" | "ready" | "failed";
  created: number;
  changed: number;
  title?: string;
  place?: string;
  media_type?: string;
  language?: string;
  size?: number;
  sha256?: string;
  pages?: number;
  done?: number;
  chunks?: number;
  problem?: string;
  words?: string;
  remarks?: string[];
  remarked?: DocumentRemark[];
  enabled?: boolean;
  metadata?: Record<string, string>;
  md5?: string;
  foreign?: Record<string, unknown> | null;
  has_page_pictures?: boolean;
  duplicate?: boolean;
  embedded?: number;
  to_embed?: number;
}

/** A door: its name, `host:port` as configured (port 0: the system chose) and what it speaks, in order. `locked`: it listens beyond this machine and no key exists yet. */
export interface DoorFace {
  name: string;
  address: string;
  dialects: Spoken[];
  locked: boolean;
}

/** What is said once for every passage, in the order of their numbers. */
export interface Each {
  type: "each";
  parts: (Words | Slot)[];
}

/** Texts to embed with one model, in order; `dimensions` asks for shorter vectors where the model can. `query` says whether they are questions or the passages that answer them, for models of this machine that tell the two apart. */
export interface EmbedAsk {
  model: string;
  texts: string[];
  dimensions?: number | null;
  truncate?: boolean | null;
  keep_alive?: string | number | null;
  wire?: string;
  foreign?: Record<string, unknown> | null;
  query?: boolean | null;
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

/** One way in which a tenant's documents are searched, as that system names it. */
export interface Engine {
  retriever_engine_type: string;
  retriever_type: string;
}

/** A relation as the whole base has it: how many chunks say so, and the most that one makes of it. */
export interface EntityLink {
  source: string;
  target: string;
  kind: string;
  chunks: number;
  strength: number;
}

/** An entity as the whole base has it: its key, one of its names, and how many chunks speak of it. */
export interface EntityNode {
  key: string;
  name: string;
  chunks: number;
  kind?: string;
}

/** A passage that speaks of an entity: what it says of it, the `name` of its document, and where in it that is. */
export interface EntityPassage {
  chunk: string;
  document: string;
  name: string;
  span: Span;
  description?: string;
}

/** An entity with what it is related to (`others` names them) and the first of the passages that speak of it. */
export interface EntityView {
  node: EntityNode;
  links?: EntityLink[];
  others?: EntityNode[];
  passages?: EntityPassage[];
}

/** Some evaluations, newest first, and the cursor of the next page; none is the last one. */
export interface EvaluationPage {
  evaluations: EvaluationView[];
  cursor?: string | null;
}

/** An evaluation as it is told: `done` of `total` questions are measured; `outcome` is whole when its state is `done`. Times in microseconds. */
export interface EvaluationView {
  id: string;
  base: string;
  user: string;
  name: string;
  state: "waiting" | "running" | "done" | "failed" | "stopped";
  created: number;
  changed: number;
  total: number;
  done: number;
  settings: SearchSetting[];
  outcome: Outcome;
  model?: string;
  skip_own?: boolean;
  problem?: string;
  words?: string;
}

/** What an answer rests on, as it is kept with it: what was found, and which of its sentences cite what. */
export interface Evidence {
  passages?: Exhibit[];
  bases?: NamedBase[];
  threshold?: number;
  remarks?: string[];
  cited?: Cited[];
}

/** A passage as it went into the prompt, under its `number`: the words of `document` from code point `start` up to and without `stop`, which lie on `page` at first and begin in `chunk`; `page_starts` are the places in it where further pages begin. `name` is the document's, `context` the headings that it stands under. `score` and `scores` are those of its best chunk. `pieces` are told where it is made of several chunks. One that is not `exact` says other words than the document there: nothing in it can be placed. An `earlier` one was not found by this question, but an answer before rested on it. `kind` is that of `chunk`. */
export interface Exhibit {
  number: number;
  base: string;
  document: string;
  chunk: string;
  content: string;
  start: number;
  stop: number;
  name?: string;
  page?: number | null;
  context?: string;
  score?: number;
  scores?: Scores;
  pieces?: ExhibitPiece[];
  exact?: boolean;
  earlier?: boolean;
  page_starts?: number[];
  kind?: "text" | "table" | "ocr" | "caption" | "summary";
}

/** What one chunk adds to a passage that is made of several: it `begins` before `start` where it overlaps with the one before. */
export interface ExhibitPiece {
  chunk: string;
  begins: number;
  start: number;
  stop: number;
  page?: number | null;
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
  entries: (ChatChanged | AnswerBegun | AnswerEnded | ListChanged | DocumentChanged | Missed)[];
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

/** Which documents a search looks at: all that is given must hold. `metadata` is compared as text. A field that it does not have is refused: passed over, it would have everything searched. */
export interface Filter {
  documents?: string[] | null;
  metadata?: Record<string, string>;
  sources?: ("upload" | "address" | "folder" | "text")[] | null;
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

/** What a question is answered from: its bases, and how. A chat's next question stands on the same, unless it says otherwise. */
export interface Footing {
  bases: NamedBase[];
  grounds?: Grounds;
}

/** The shape an answer must have: any JSON, or JSON that fits `schema`. */
export interface Format {
  kind: "json" | "schema";
  schema?: Record<string, unknown> | null;
  name?: string | null;
  strict?: boolean | null;
  description?: string | null;
}

/** A passage that was found, and the `name` and the `title` of the document that it stands in. `score` between 0 and 1 is that of the last stage, `scores` are those of each; a `neighbour` stands beside one that was found. */
export interface FoundPassage {
  chunk: ChunkView;
  name: string;
  score: number;
  scores?: Scores;
  neighbour?: boolean;
  title?: string;
}

/** The passages, the best first; `threshold` is the one that was applied at last, and `remarks` say what did not go as asked, with the `problem` that an embedder failed with, as a code, or `embedder_dimension` or `embedder_changed` where its vectors are not as long as those of the base, or another model's. `queries` are what was looked for, where a model made something else of the question. */
export interface FoundPassages {
  passages: FoundPassage[];
  threshold?: number;
  remarks?: ("no_embedder" | "embedder_failed" | "no_vectors" | "reranker_failed" | "loosened" | "useless_vectors" | "rewrite_failed" | "decompose_failed" | "hyde_failed" | "entities_failed")[];
  queries?: string[];
  problem?: string;
}

/** An entity in an example, and what is said of it. */
export interface GraphNode {
  name: string;
  attributes?: string[];
}

/** Whether a base has a graph, and how it is drawn: by `model` (empty: the default one), which is shown `text` with its `nodes` and `relations` as an example where there is one, and keeps to the kinds of relations in `tags`. With `asking` that model says which entities a question is about; without, their names are looked for in it. */
export interface GraphOptions {
  enabled?: boolean;
  model?: string;
  asking?: string;
  tags?: string[];
  text?: string;
  nodes?: GraphNode[];
  relations?: GraphRelation[];
}

/** How two entities of an example are related. */
export interface GraphRelation {
  node1: string;
  node2: string;
  type: string;
}

/** A part of a graph: some entities, and the links between these. `entities` and `relations` count all of them, `drawn` of `chunks` passages were read for it. It is not `enabled` where the base, or the server, has none. */
export interface GraphView {
  nodes?: EntityNode[];
  links?: EntityLink[];
  entities?: number;
  relations?: number;
  drawn?: number;
  chunks?: number;
  enabled?: boolean;
}

/** How an answer rests on bases. How they are searched: `most` passages of all bases together, and the rest as in `bases.retrieve`; `query` is what is looked for where that is not the question. With `strict` the model answers from passages only, and where none is found it is not asked at all; without, it answers by itself where they do not help. `refusal` is what is said when nothing is found, in place of our own words. An answer that begins with `no_match_prefix` is replaced by the refusal before anybody sees it. `instructions` stand in place of our own on how to answer; with a `layout` the user's message is put together by it. With `rounds` the model that answers first completes the question by so many rounds of what was said before it, and that is what is looked for; `rewriting` says how it is asked for that. With `earlier` the passages of the latest answer that has any, among those of so many rounds before, are looked at again beside what is found. */
export interface Grounds {
  most?: number;
  threshold?: number;
  loosen?: boolean;
  words?: boolean;
  vectors?: boolean;
  rerank?: boolean;
  depth?: number;
  diversity?: number;
  neighbours?: number;
  parents?: boolean;
  graph?: boolean;
  filter?: Filter;
  query?: string;
  strict?: boolean;
  refusal?: string;
  no_match_prefix?: string;
  instructions?: string;
  layout?: (Words | Slot | Each)[];
  rounds?: number;
  earlier?: number;
  rewriting?: Rewriting;
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

/** One piece that was left out, and `why`: a sentence for people. `reason` says it in a word, where there is one. */
export interface LedgerCut {
  kind: "instructions" | "message" | "reasoning" | "tool" | "tool_call" | "tool_result" | "file" | "passage" | "memory" | "opaque";
  tokens: number;
  why: string;
  id?: string | null;
  name?: string | null;
  reason?: "context" | null;
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
  what: "chats" | "folders" | "tags" | "shares" | "files" | "bases";
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

/** One question with one setting: its figures by name, each between 0 and 1, the best of what was found under the names that the set has for it, what a model answered, if it was asked, and what did not go as asked. */
export interface Measured {
  figures: Record<string, number>;
  found?: string[];
  answer?: string;
  remarks?: string[];
}

/** A question of the set, and what was measured with each setting; nothing while that is to be done. */
export interface MeasuredQuestion {
  question: Question;
  measured?: Measured[];
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
  capabilities?: ("chat" | "completion" | "embed" | "rerank" | "transcribe" | "tools" | "vision" | "json" | "thinking" | "n" | "logprobs" | "insert")[];
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

/** What a tenant's model is to be. `name` is what its engine calls it; `foreign` are parameters that we do not know. */
export interface ModelPlan {
  name: string;
  type: "Embedding" | "Rerank" | "KnowledgeQA" | "VLLM";
  source: "local" | "remote" | "aliyun";
  description: string;
  base_url: string;
  dimension: number;
  truncate: number;
  is_default: boolean;
  foreign: Record<string, unknown>;
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

/** A tenant with its people. `key` is its API key, in clear as that system keeps it; `quota` in bytes (0: no bound); whoever is in one that is not `active` is shut out. */
export interface MovedTenant {
  number: number;
  name: string;
  description: string;
  business: string;
  engines: Engine[];
  key: string;
  active: boolean;
  quota: number;
  created: number;
  updated: number;
  users: MovedUser[];
}

/** Somebody of a tenant. `password_hash` is bcrypt's; one who is not `active` is shut out. */
export interface MovedUser {
  id: string;
  name: string;
  email: string;
  password_hash: string;
  active: boolean;
  created: number;
  updated: number;
}

/** A base by its id, and its name as it was then. */
export interface NamedBase {
  id: string;
  name: string;
}

/** Something that was left out, by its id there, and why. */
export interface NotTaken {
  id: string;
  reason: string;
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

/** What came of an evaluation. For each setting the means by name; `differences` where there are two settings. `unknown` counts what should be found and names nothing in the base, `examples` are some of that; `remarks` count the questions where a search did not go as asked, by its remark; `answered` those whose answers were compared. */
export interface Outcome {
  unknown?: number;
  examples?: string[];
  means?: Record<string, number>[];
  differences?: Record<string, Difference>;
  remarks?: Record<string, number>;
  answered?: number;
}

/** A place on a page, in shares of it (0 to 1) as it is seen, from its upper left. */
export interface PageBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A page (`number`, from 1) of so many `pages`. `width` and `height` are what they are to each other, as the page is seen. `start` and `stop` are the stretch of the document's text that was read on it. `boxes` is where the stretch lies that was asked for: a line each where the lines are known, else the whole paragraph or table; none where that is not sure. */
export interface PageView {
  document: string;
  number: number;
  pages: number;
  width: number;
  height: number;
  start?: number;
  stop?: number;
  boxes?: PageBox[];
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

/** What became of a piece: whether it is `new`, and what is different from there (`remarks`). */
export interface PieceArrived {
  id: string;
  new: boolean;
  remarks: string[];
}

/** A chat with its tree of turns, parents before their children. `folder` are names, the topmost first. */
export interface PortableChat {
  id: string;
  title?: string;
  titled_by?: "nobody" | "text" | "model" | "user";
  created?: number;
  updated?: number;
  pinned?: boolean;
  archived?: boolean;
  folder?: string[];
  tags?: string[];
  head?: string | null;
  client_id?: string | null;
  turns?: PortableTurn[];
  foreign?: Record<string, unknown> | null;
}

/** A turn; see `values/chats.py`. Times in microseconds since 1970, 0 where nobody knows. */
export interface PortableTurn {
  id: string;
  role: "system" | "user" | "assistant";
  state?: "running" | "complete" | "cut" | "stopped" | "failed" | "interrupted";
  created?: number;
  parent?: string | null;
  items?: TurnItem[];
  model?: string | null;
  files?: string[];
  usage?: Usage | null;
  error?: Failure | null;
  rating?: number;
  note?: string | null;
  client_id?: string | null;
  sent?: string;
  ended?: number | null;
  foreign?: Record<string, unknown> | null;
  footing?: Footing | null;
  evidence?: Evidence | null;
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

/** What is asked, the grades of what should be found (above 0; what is not named has 0), and a model answer, if any. What should be found is named by the id of a chunk, or by a document's id, place, name, or `corpus_id`. */
export interface Question {
  id: string;
  query: string;
  relevant: Record<string, number>;
  answer?: string;
}

/** Some questions in the order of the set, and the cursor of the next page; none is the last one. */
export interface QuestionPage {
  questions: MeasuredQuestion[];
  cursor?: string | null;
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

/** Texts that a model should order by how well they answer a query. */
export interface RerankAsk {
  model: string;
  query: string;
  texts: string[];
}

/** One score per text, in the order of the texts: as the engine gives them, chances or logits; and the tokens that were read, 0 where the engine does not count. `logits` says that they are known to be logits, also where all lie between 0 and 1. */
export interface Reranked {
  scores: number[];
  prompt_tokens: number;
  logits: boolean;
}

/** How many documents are tried once more. */
export interface Retried {
  documents: number;
}

/** What was found in the bases, and went into the prompt. `threshold` is the one that was applied at last; `remarks` say what did not go as asked, in the words of `bases.retrieve`, and `base_gone` of a base that is not there any more. Without passages nothing was found. */
export interface Retrieved {
  t: "retrieved";
  passages?: Exhibit[];
  bases?: NamedBase[];
  threshold?: number;
  remarks?: string[];
}

/** How a model is asked to complete a question by what was said before it: what it is `told`, and what it is then `asked`. Empty ones are in our own words. */
export interface Rewriting {
  told?: (Words | Slot | Rounds)[];
  asked?: (Words | Slot | Rounds)[];
}

/** How much somebody's files take, in bytes: `used` by `files` that are there, `reserved` by uploads under way, of at most `limit` (`None`: no bound). */
export interface Room {
  used: number;
  reserved: number;
  files: number;
  limit: number | null;
}

/** What is said once for every round of the conversation before the question, the oldest first. */
export interface Rounds {
  type: "rounds";
  parts: (Words | Slot)[];
}

/** A run: `state` is `waiting`, `running` or how it ended (`complete`, `cut`, `stopped`, `failed`, `interrupted`); `events` counts what was said so far; `notice` is the newest progress (`queued` tells the place in line); `created` is in microseconds since 1970. */
export interface RunView {
  run: string;
  model: string;
  state: string;
  created: number;
  events: number;
  cached?: boolean;
  notice?: Queued | Loading | Reading | Searching | Progressed | null;
  error?: Failure | null;
}

/** A turn of the conversation before a question. */
export interface Said {
  role: "user" | "assistant";
  text: string;
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

/** What each stage of a search gave a hit: `words` is BM25, `vector` a cosine, `fused` and `reranked` lie between 0 and 1 and mean the same in every base. `graph` is how near it lies to the question in the base's graph, 0 to 1, and `entities` are those that led there, from one of the question's to one of its own. `None` where a stage did not see it. */
export interface Scores {
  words?: number | null;
  vector?: number | null;
  fused?: number | null;
  reranked?: number | null;
  graph?: number | null;
  entities?: string[];
}

/** One way to search, under a name of its own; the fields are those of a search. Without `parents` a chunk is compared as it was found, and not as the larger one that it was cut from. */
export interface SearchSetting {
  name?: string;
  most?: number;
  threshold?: number;
  loosen?: boolean;
  words?: boolean;
  vectors?: boolean;
  rerank?: boolean;
  depth?: number;
  diversity?: number;
  parents?: boolean;
  graph?: boolean;
}

/** Passages to answer from are looked for, in so many bases. */
export interface Searching {
  t: "searching";
  bases: number;
}

/** What was said from `start` to `end`, in seconds from the beginning. `foreign` are the engine's own fields. */
export interface Segment {
  start: number;
  end: number;
  text: string;
  foreign?: Record<string, unknown> | null;
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

/** What is put in: the `question`, and within `Each` the `passage` (its text behind the headings that it stands under), its `number`, and the `name` and `page` of its document (an empty text where it has no pages). Within `Rounds` what was `asked` and how it was `answered`. */
export interface Slot {
  type: "slot";
  what: "question" | "passage" | "number" | "name" | "page" | "asked" | "answered";
}

/** A run with the answer so far, folded from its events; `evidence` is what it rests on, where that is documents. */
export interface Snapshot {
  run: string;
  model: string;
  state: string;
  created: number;
  events: number;
  cached?: boolean;
  notice?: Queued | Loading | Reading | Searching | Progressed | null;
  error?: Failure | null;
  choices?: Choice[];
  usage?: Usage | null;
  evidence?: Evidence | null;
}

/** Where a part was taken from, for the run's ledger: no engine is told of it. */
export interface Source {
  kind: "file" | "passage" | "memory";
  id: string;
  name?: string | null;
}

/** A place in a document: code points from `start` up to and without `stop`; `page` counts from 1 where there are pages, `box` is left, top, right, bottom in shares of the page (0 to 1) where that is known. `page_starts` are the places in it where further pages begin: it ends on the page `page` and as many more. Stored chunks tell none. */
export interface Span {
  start: number;
  stop: number;
  page?: number | null;
  box?: number[] | null;
  page_starts?: number[];
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

/** In bytes: what the documents of a tenant take, what uploads hold besides, and what they may take (`None`: no bound). `own` says that this tenant has another bound than the settings'. */
export interface Storage {
  used: number;
  reserved: number;
  documents: number;
  quota?: number | null;
  own?: boolean;
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

/** A tenant as it is here: whether it is `new`, how many of its people are, whether its key came along, and what is different from there (`remarks`). */
export interface TenantArrived {
  tenant: string;
  number: number;
  new: boolean;
  users: number;
  key: boolean;
  refused: NotTaken[];
  remarks: string[];
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

/** A file of sound that a model should write down. `language` is that of the sound (ISO 639-1), `prompt` holds words that may come in it, `times` wants to know when each piece was said, where the model can tell. `english` wants it in English, whatever is spoken. `foreign` are further fields of the dialect `wire`. */
export interface TranscribeAsk {
  model: string;
  content: string;
  language?: string | null;
  prompt?: string | null;
  temperature?: number | null;
  times?: boolean;
  english?: boolean;
  wire?: string;
  foreign?: string[][];
}

/** What was said. `segments` are its pieces in order, `None` where the model told no times. `language` is what the model heard, `duration` the length of the sound in seconds; tokens are 0 where the engine does not count. */
export interface Transcript {
  text: string;
  segments?: Segment[] | null;
  language?: string;
  duration?: number | null;
  prompt_tokens?: number;
  completion_tokens?: number;
}

/** Something was left out of the prompt, and why: `what` and `why` are words for people, `reason` and `count`, how many turns or messages it is, say the same to programs. */
export interface Trimmed {
  t: "trimmed";
  what: string;
  why: string;
  tokens?: number;
  reason?: "context" | null;
  count?: number;
}

/** One step in a chat's tree: what a user sent, or a whole answer with all of its tool rounds. `files` are ids of uploaded files that go with it. `sent` is shared by the turns that one operation made. `run` is the run that answered (last). `tokens` is our estimate of the whole turn. `prefix_hash` is the chained hash of all that was said up to and with this turn; of a running turn there is none. `rating` is -1, 0 or 1. `footing` is what a question is answered from where that is bases of documents; an answer has one where it stands on others than its question does (on none: one without bases). `evidence` is what an answer rests on. */
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
  footing?: Footing | null;
  evidence?: Evidence | null;
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

/** Text that stands as it is. */
export interface Words {
  type: "words";
  text: string;
}

/** What a run says, with the number of the event and its time in microseconds. */
export type RunEvent = (Started | Delta | ToolCalled | Finished | Usage | Trimmed | Stepped | Retrieved | Cited | Whole | Ended) & { n: number; at?: number };

/** Progress that is only worth seeing while it is fresh. */
export type Notice = Queued | Loading | Reading | Searching | Progressed;

/** What a user's pages are told of. */
export type FeedEntry = ChatChanged | AnswerBegun | AnswerEnded | ListChanged | DocumentChanged | Missed;

/** What went wrong, in a word. */
export type ProblemKind = "invalid" | "unauthenticated" | "forbidden" | "missing" | "conflict" | "too_large" | "over_budget" | "busy" | "context_full" | "upstream" | "timed_out" | "cancelled" | "unsupported" | "internal";

/** The stable word of a problem. */
export type ProblemCode =
  | `${string}_not_found`
  | `${string}_rate`
  | "account_disabled"
  | "account_exists"
  | "address_failed"
  | "answering"
  | "bad_address"
  | "bad_back"
  | "bad_chat"
  | "bad_cursor"
  | "bad_email"
  | "bad_id"
  | "bad_name"
  | "bad_number"
  | "bad_path"
  | "bad_place"
  | "bad_scores"
  | "bad_tenant"
  | "bad_text"
  | "bad_vouching"
  | "base_exists"
  | "base_gone"
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
  | "conflict"
  | "copy_under_way"
  | "cut"
  | "disk"
  | "document_exists"
  | "document_too_large"
  | "draining"
  | "embedder_changed"
  | "embedder_dimension"
  | "embedder_nonsense"
  | "empty"
  | "empty_file"
  | "engine_unable"
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
  | "half_there"
  | "imported"
  | "importing"
  | "internal"
  | "interrupted"
  | "invalid_api_key"
  | "invalid_console_token"
  | "key_needed"
  | "last_admin"
  | "link_over"
  | "local_model_missing"
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
  | "no_answers"
  | "no_base"
  | "no_content"
  | "no_graphs"
  | "no_keys"
  | "no_knowledge"
  | "no_language_model"
  | "no_model_store"
  | "no_owner"
  | "no_page_pictures"
  | "no_password"
  | "no_projection"
  | "no_question"
  | "no_room"
  | "no_room_for_documents"
  | "no_room_for_passages"
  | "no_second_factor"
  | "no_sound_wanted"
  | "no_transcriber"
  | "not_a_chat_model"
  | "not_a_question"
  | "not_a_reranker"
  | "not_a_transcriber"
  | "not_a_tree"
  | "not_added"
  | "not_admitted"
  | "not_an_answer"
  | "not_an_embedder"
  | "not_an_embedding_model"
  | "not_failed"
  | "not_found"
  | "not_of_the_database"
  | "not_of_this_folder"
  | "not_read_yet"
  | "not_whole"
  | "not_your_account"
  | "nothing_known"
  | "nothing_to_continue"
  | "other_secret"
  | "out_of_range"
  | "overdue"
  | "owned_by_file"
  | "owned_by_server"
  | "owner_stays"
  | "passwords_differ"
  | "person_not_found"
  | "previous_not_found"
  | "provider_misconfigured"
  | "provider_not_found"
  | "queue_full"
  | "range_not_satisfiable"
  | "reader_dropped"
  | "refresh_over"
  | "revoked"
  | "same_base"
  | "second_factor_needed"
  | "second_factor_set"
  | "session_over"
  | "set_too_large"
  | "share_too_large"
  | "sign_in_declined"
  | "sign_in_elsewhere"
  | "sign_in_unknown"
  | "sign_up_closed"
  | "sound_too_large"
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
  | "too_many_evaluations"
  | "too_many_guesses"
  | "too_many_members"
  | "too_many_models"
  | "too_many_numbers"
  | "too_many_sign_ins"
  | "too_many_texts"
  | "too_many_views"
  | "trial_timeout"
  | "unknown_kind"
  | "unknown_sound"
  | "unsupported_media_type"
  | "upload_expired"
  | "worker_died"
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
  /** Write down what is said in a file of sound: MP3, WAV, M4A, OGG, FLAC or WebM of at most 25 MiB, told apart by its bytes. `ask.model` is the id of a model that can `transcribe` (empty: the first there is). Times come where they are wanted and the model has them. */
  "audio.transcribe": { takes: { ask: TranscribeAsk }; gives: Transcript };
  /** Security events of the tenant, newest first. `act`, `actor` and `subject` must be equal, times lie in `since` ≤ happened < `until` (microseconds since 1970); what is empty is not asked. */
  "audit.list": { takes: { act?: string | undefined; actor?: string | undefined; subject?: string | undefined; since?: number | undefined; until?: number | undefined; cursor?: string | undefined; limit?: number | undefined }; gives: AuditPage };
  /** List the backups that the server's folder holds, newest first. */
  "backups.list": { takes: Record<string, never>; gives: Backup[] };
  /** Back the whole server up, while it serves. With a passphrase the backup is sealed and holds the secrets too. */
  "backups.make": { takes: { passphrase?: string | null | undefined }; gives: Backup };
  /** Give a base other properties; what is not given stays. Other `options` hold for documents that come later. With another `embedder` all documents are embedded anew in the background, while the base is searched as before; the present one given again breaks that off, or embeds anew where it is another model by now, with vectors of another length; `bases.stop_embedding` breaks off either. Of `foreign`, what each program notes of it under its own name, the names that are given are replaced. A `graph` that is switched on is drawn in the background; given again, what could not be drawn has another try, and other options of it hold for what is drawn from then on. Switched off, it goes. It is refused where nobody draws it, or kept with `graph_if_any`, as in `bases.create`. */
  "bases.change": { takes: { base: string; name?: string | null | undefined; description?: string | null | undefined; access?: "own" | "tenant" | null | undefined; options?: ChunkOptions | null | undefined; embedder?: string | null | undefined; reranker?: string | null | undefined; foreign?: Record<string, unknown> | null | undefined; graph?: GraphOptions | null | undefined; graph_if_any?: boolean | undefined }; gives: BaseView };
  /** Have a base hold what another one holds. In the background documents that are ready in `source` and not in `target` are copied with their passages, and those that only `target` has are removed. Without a `target` a new base is made, of the same properties, perhaps with another `name`. Gives the base that is copied to. */
  "bases.copy": { takes: { source: string; target?: string | null | undefined; name?: string | undefined }; gives: BaseView };
  /** Make a knowledge base. `embedder` is a model's id: none takes the default one where there is one, an empty text has the base searched by its words alone. `reranker` is the id of a model that can `rerank` what was found; with an empty text nothing is reranked. `options` say how documents are cut. With `access` `tenant` everybody of the tenant may read it; its owner and the tenant's admins may write. `id` may be one of your own: 8 to 36 small letters, digits, `-` and `_`, a conflict where you have such a base (decision 0020). `graph` has a model draw a graph of what is in it, where the server does that (`knowledge.graph`) and has a language model; elsewhere it is refused, or with `graph_if_any` kept for the day when it does. */
  "bases.create": { takes: { name: string; description?: string | undefined; access?: "own" | "tenant" | undefined; options?: ChunkOptions | undefined; embedder?: string | null | undefined; reranker?: string | undefined; id?: string | undefined; foreign?: Record<string, unknown> | null | undefined; graph?: GraphOptions | undefined; graph_if_any?: boolean | undefined }; gives: BaseView };
  /** Remove a base with all that is in it. It is gone at once; what it took of the disk and of the quota is given back soon after. */
  "bases.delete": { takes: { base: string }; gives: null };
  /** The caller's own bases and those of the whole tenant, newest first. `cursor` is the one that the page before gave. */
  "bases.list": { takes: { cursor?: string | undefined; limit?: number | undefined }; gives: BasePage };
  /** One base. */
  "bases.read": { takes: { base: string }; gives: BaseView };
  /** Cut all documents of a base anew that are ready, each as `documents.recut` does it. */
  "bases.recut": { takes: { base: string }; gives: BaseView };
  /** Find the passages of a base that answer a query, by their words and by their meaning, with the score that each stage gave them. `threshold` between 0 and 1 leaves out what scores less; with `loosen` it is lowered where nothing passes. `words` and `vectors` are the two ways to find; with `rerank` the base's reranker, where it has one, reads the first `depth` of what they found. `diversity` from 0 to 1 has passages be unlike each other; `neighbours` so many on either side of a hit come along; `parents` gives the larger passage that a hit was cut from; `graph` follows the graph of a base that has one to what the question's words do not find. A model, `model` or the default one, helps before: with `rewrite` it puts the query so that it stands without the `history` before it, with `decompose` it takes it apart where it is several, and with `hyde` what is looked for lies beside a passage that it imagines. Where it fails, or takes longer than ten seconds, a remark says so. */
  "bases.retrieve": { takes: { base: string; query: string; most?: number | undefined; threshold?: number | undefined; loosen?: boolean | undefined; words?: boolean | undefined; vectors?: boolean | undefined; rerank?: boolean | undefined; depth?: number | undefined; diversity?: number | undefined; neighbours?: number | undefined; parents?: boolean | undefined; graph?: boolean | undefined; filter?: Filter | undefined; rewrite?: boolean | undefined; decompose?: boolean | undefined; hyde?: boolean | undefined; model?: string | undefined; history?: Said[] | undefined }; gives: FoundPassages };
  /** Try once more to read all documents of a base that failed, each from where it failed; of some thousand those that came last, and the rest when it is asked again. */
  "bases.retry": { takes: { base: string }; gives: Retried };
  /** Copy no more into a base; what is copied already stays. */
  "bases.stop_copy": { takes: { base: string }; gives: null };
  /** Embed a base anew no more, be it by another embedder or by the model that came under the name of its own. It stays with the vectors that it has, and the new ones go. Where its embedder does not fit these any more, it says so in `problem`, and is searched by its words. Of a base that is not embedded anew nothing changes. */
  "bases.stop_embedding": { takes: { base: string }; gives: BaseView };
  /** What a base holds and takes. */
  "bases.usage": { takes: { base: string }; gives: BaseUsage };
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
  /** Begin an empty chat. `client_id` is an id that the client made: the same one gives the same chat again, and not a second one. `foreign` is what other programs note of it, each under its own name; nothing here reads it. */
  "chats.create": { takes: { title?: string | undefined; folder?: string | null | undefined; client_id?: string | null | undefined; foreign?: Record<string, unknown> | null | undefined }; gives: Chat };
  /** Delete a chat with its turns, tags and links; what still runs in it is stopped. */
  "chats.delete": { takes: { chat: string }; gives: null };
  /** Say something else in place of an earlier question: a new branch, beside the one there is. */
  "chats.edit": { takes: { turn: string; text?: string | undefined; parts?: (Text | Image | Audio | File)[] | undefined; files?: string[] | undefined; models?: string[] | undefined; client_id?: string | null | undefined; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined; bases?: string[] | null | undefined; grounds?: Grounds | null | undefined }; gives: Sent };
  /** The caller's own chats: pinned ones first, then the newest change first. `folder` takes those of one folder, `unfiled` those of none, `tag` those with one tag. `cursor` is the one that the page before gave. */
  "chats.list": { takes: { archived?: boolean | undefined; folder?: string | null | undefined; unfiled?: boolean | undefined; pinned?: boolean | null | undefined; tag?: string | null | undefined; limit?: number | undefined; cursor?: string | undefined }; gives: ChatPage };
  /** Put a chat into a folder, or (without one) out of it. */
  "chats.move": { takes: { chat: string; folder?: string | null | undefined }; gives: Chat };
  /** Open a chat with all of its turns; what a running answer has said so far is in its turn. */
  "chats.read": { takes: { chat: string }; gives: OpenChat };
  /** Answer once more, beside the answers there are, by the same model or others. `turn` is an answer or the question itself. */
  "chats.regenerate": { takes: { turn: string; models?: string[] | undefined; client_id?: string | null | undefined; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined; bases?: string[] | null | undefined; grounds?: Grounds | null | undefined }; gives: Sent };
  /** Find words in the titles and turns of the caller's own chats, newest first. All words must stand in one turn or title; what is in quotes stands together. The last word may be one that is only begun. Filters among the words: `folder:name`, `tag:name`, `pinned:yes`, `archived:yes` (or `all`), with quotes around a name of several words; without words they give the chats themselves. `cursor` is the one that the page before gave. */
  "chats.search": { takes: { query: string; limit?: number | undefined; cursor?: string | undefined }; gives: HitPage };
  /** Say something in a chat, and ask for answers to it. Without a chat a new one begins (in `folder`, if one is named). Without `parent` it goes on from the branch that is shown. `parts` are pictures and sounds, `files` ids of uploaded files. `client_id` is an id that the client made for this message: sent again with it, the message gives what was made before; another message is a conflict. `instructions` go before the prompts of these answers alone, behind those of the folder. `foreign` is what other programs note of the question and of its answers, each under its own name; nothing here reads it. */
  "chats.send": { takes: { text?: string | undefined; chat?: string | null | undefined; parent?: string | null | undefined; folder?: string | null | undefined; parts?: (Text | Image | Audio | File)[] | undefined; files?: string[] | undefined; models?: string[] | undefined; client_id?: string | null | undefined; sampling?: Sampling | undefined; think?: boolean | string | null | undefined; instructions?: string | undefined; bases?: string[] | null | undefined; grounds?: Grounds | null | undefined; foreign?: Record<string, unknown> | null | undefined }; gives: Sent };
  /** Stop what is being answered in a chat, or one answer of it; what was said is kept. Gives whether any was. */
  "chats.stop": { takes: { chat: string; turn?: string | null | undefined }; gives: boolean };
  /** Give a chat tags and take some away; gives all that it has then. */
  "chats.tag": { takes: { chat: string; add?: string[] | undefined; remove?: string[] | undefined }; gives: string[] };
  /** Rename, pin or archive a chat, or choose the branch that is shown; what is not given stays. `head` is a turn of this chat: the branch goes on from it by the newest turn each time. With `version` the change is refused when the chat has changed since that version was read. What other programs note (`foreign`) takes the place of what stood under their names. */
  "chats.update": { takes: { chat: string; title?: string | null | undefined; pinned?: boolean | null | undefined; archived?: boolean | null | undefined; head?: string | null | undefined; version?: number | null | undefined; foreign?: Record<string, unknown> | null | undefined }; gives: Chat };
  /** Say whether a chunk is found, or what it says: then it is embedded anew, and is no longer what stands in the document's text. Of `foreign`, what each program notes of it, the names that are given are replaced. */
  "chunks.change": { takes: { chunk: string; enabled?: boolean | null | undefined; content?: string | null | undefined; foreign?: Record<string, unknown> | null | undefined }; gives: ChunkView };
  /** Remove a chunk, with those that were cut from it; the document and its text stay. */
  "chunks.delete": { takes: { chunk: string }; gives: null };
  /** Remove all chunks of a document that is ready: it stays, and nothing of it is found. */
  "chunks.delete_all": { takes: { document: string }; gives: null };
  /** The chunks of a document that is ready, in their order; with `found` only those that are searched, perhaps of some `kinds` (with commas between). `cursor` is the one that the page before gave; `skip` leaves out so many, and with `counted` it is said how many there are in all. */
  "chunks.list": { takes: { document: string; cursor?: string | undefined; limit?: number | undefined; kinds?: string | undefined; found?: boolean | undefined; skip?: number | undefined; counted?: boolean | undefined }; gives: ChunkPage };
  /** One chunk. */
  "chunks.read": { takes: { chunk: string }; gives: ChunkView };
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
  /** Put what is at an address (http or https, and public) into a base: it is fetched and read in the background. The same address again gives the same document; with `anew` one that failed makes way for another try. */
  "documents.add_address": { takes: { base: string; address: string; name?: string | undefined; metadata?: Record<string, string> | undefined; anew?: boolean | undefined; foreign?: Record<string, unknown> | null | undefined }; gives: DocumentView };
  /** Put a text into a base, as a document of its own. The same text again gives the same document. */
  "documents.add_text": { takes: { base: string; name: string; text: string; metadata?: Record<string, string> | undefined }; gives: DocumentView };
  /** Give a document another name, title or other metadata, or say whether it is found; what is not given stays. A title that is given is not replaced by the one that is found in it. Of `foreign`, what each program notes of it under its own name, the names that are given are replaced; `folders` and `summary` are the server's own. */
  "documents.change": { takes: { document: string; name?: string | null | undefined; enabled?: boolean | null | undefined; metadata?: Record<string, string> | null | undefined; title?: string | null | undefined; foreign?: Record<string, unknown> | null | undefined }; gives: DocumentView };
  /** Remove a document, whatever is being done with it. It is gone at once; what it took of the disk and of the quota is given back soon after. */
  "documents.delete": { takes: { document: string }; gives: null };
  /** The documents of a base, newest first, perhaps in one state only. `cursor` is the one that the page before gave; `skip` leaves out so many, and with `counted` it is said how many there are in all. */
  "documents.list": { takes: { base: string; state?: "waiting" | "parsing" | "embedding" | "ready" | "failed" | "" | undefined; cursor?: string | undefined; limit?: number | undefined; skip?: number | undefined; counted?: boolean | undefined }; gives: DocumentPage };
  /** A file of a folder has another path: its document is called by it, and is not read again. `folder` is the name of the folder that put the document there, or brought the same bytes as well; any other document is left alone. */
  "documents.move_file": { takes: { document: string; folder: string; path: string }; gives: DocumentView };
  /** One page of a PDF or of a picture as it looks: its size, the text that was read on it, and where a stretch of that text (code points from `start` up to and without `stop`) lies. Without a `page` it is the one on which the stretch begins. */
  "documents.pages.read": { takes: { document: string; page?: number | undefined; start?: number | undefined; stop?: number | undefined }; gives: PageView };
  /** One document: what it is and how far it is read. */
  "documents.read": { takes: { document: string }; gives: DocumentView };
  /** Cut a document that is ready anew, with the options that its base has now. It happens in the background, and the document is found as it was until all new chunks are there; a remark says so meanwhile, or why it could not be done. Its bytes are read once more only where what was read in them is not kept or has no words, where another model is to look at its pictures or to listen, or with `anew`: what reads more of it may be installed by now. The new chunks have ids of their own: what was changed in single chunks is lost. */
  "documents.recut": { takes: { document: string; anew?: boolean | undefined }; gives: DocumentView };
  /** A file of a folder is not there any more: its document is removed, if the folder of this name put it there. One that another folder brought as well stays, and is that one's. What others put there is left alone. */
  "documents.remove_file": { takes: { document: string; folder: string }; gives: null };
  /** Try once more to read a document that failed, from where it failed. */
  "documents.retry": { takes: { document: string }; gives: DocumentView };
  /** Remove an evaluation with its set, whether it is over or not. */
  "evaluations.delete": { takes: { evaluation: string }; gives: null };
  /** The evaluations of a base, newest first. `cursor` is the one that the page before gave. */
  "evaluations.list": { takes: { base: string; cursor?: string | undefined; limit?: number | undefined }; gives: EvaluationPage };
  /** The questions of an evaluation with their figures, in the order of its set, 25 on a page. `cursor` is the one that the page before gave. */
  "evaluations.questions.list": { takes: { evaluation: string; cursor?: string | undefined }; gives: QuestionPage };
  /** One evaluation: how far it is, and what came of it. */
  "evaluations.read": { takes: { evaluation: string }; gives: EvaluationView };
  /** Measure in the background how well a base is searched. `questions` are the set, or `again` names an evaluation whose set is taken. Each of the one or two `settings` is a way to search; two are compared. With `model` it also answers each question that has a model answer, from what the first setting finds, and the answers are compared. With `skip_own` a document that is called as the question itself does not count as found (as BEIR's sets want). */
  "evaluations.start": { takes: { base: string; questions?: Question[] | undefined; again?: string | null | undefined; settings?: SearchSetting[] | undefined; name?: string | undefined; model?: string | undefined; skip_own?: boolean | undefined }; gives: EvaluationView };
  /** Break off an evaluation. What was measured of single questions stays. One that is over stays as it is. */
  "evaluations.stop": { takes: { evaluation: string }; gives: EvaluationView };
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
  /** Have the graphs of all tenants projected anew to the Neo4j of the settings, in the background: into one that was empty or lost, or that missed something. Gives how many tenants there are. */
  "graphs.project": { takes: Record<string, never>; gives: number };
  /** A part of the graph of a base, with at most `most` entities: those that most passages speak of, those whose names hold a `piece`, or one entity, by its key or name, with what it is related to (`around`). */
  "graphs.read": { takes: { base: string; around?: string | undefined; piece?: string | undefined; most?: number | undefined }; gives: GraphView };
  /** One entity of the graph of a base, by its key or name, with the passages that speak of it; none speak of one that is not there. */
  "graphs.show": { takes: { base: string; entity: string }; gives: EntityView };
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
  /** Ask a model. Gives the `Run` at once; the answer is read from it. `ask.model` is the id the client says (empty: the default model); the core resolves it. `detached` runs go on when the caller leaves. `share` is the row's default for the answer cache and joining (the principal's word wins, and a deterministic ask is shared anyway). `cache` `skip` neither reads, writes nor counts. `line` names a line of its own (the queue dialect's) to wait in before the engine's. `previous` is the id of the run whose conversation this one continues: its items go before `ask.items`. `keep` holds the conversation so that a later `previous` finds it. `pool` names the caches to use (a dialect with bounds of its own has its own). `trim` leaves out the oldest of a conversation that is longer than the model's context; else the engine says what it thinks of it. `bases` are those of documents that the answer is to rest on, `grounds` how; such an answer is never shared or kept for another ask. */
  "messages.send": { takes: { ask: ChatAsk; detached?: boolean | undefined; priority?: number | undefined; share?: boolean | undefined; cache?: "use" | "skip" | undefined; line?: string | null | undefined; previous?: string | null | undefined; keep?: boolean | undefined; pool?: string | undefined; trim?: boolean | undefined; bases?: string[] | undefined; grounds?: Grounds | undefined }; gives: RunView };
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
  /** Judge how well texts answer a query. `ask.model` is the id of a model that can `rerank`. Gives a score for each text, in order, as the model says it: a chance, or a logit. */
  "models.rerank": { takes: { ask: RerankAsk }; gives: Reranked };
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
  /** What the documents of a tenant take, and may take. Without `tenant` it is the caller's own. */
  "storage.read": { takes: { tenant?: string | null | undefined }; gives: Storage };
  /** Say what the documents of a tenant may take. That is so many bytes, `unlimited`, or as the settings say; what is there already stays, even where it is more. Without `tenant` it is the caller's own. */
  "storage.set": { takes: { tenant?: string | null | undefined; quota?: number | null | undefined; unlimited?: boolean | undefined }; gives: Storage };
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
  /** Take in a knowledge base of a tenant, with nothing in it. Sizes are in characters, 0 is as usual. `embedder` and `reranker` are ids of models; one that cannot be used here is replaced, with a remark. `notes` are what that system's clients see of it besides. */
  "weknora.bases.import": { takes: { tenant: string; id: string; name: string; description?: string | undefined; size?: number | undefined; overlap?: number | undefined; separators?: string[] | undefined; embedder?: string | undefined; reranker?: string | undefined; notes?: Record<string, unknown> | undefined; created?: number | undefined; updated?: number | undefined }; gives: PieceArrived };
  /** Take in a model of a tenant; its key is sealed here. */
  "weknora.models.import": { takes: { tenant: string; id: string; plan: ModelPlan; api_key?: string | undefined; created?: number | undefined; updated?: number | undefined }; gives: PieceArrived };
  /** Take in a session of a tenant with its messages, as a chat of whom the tenant's key acts as. Ids of messages stay where they can. */
  "weknora.sessions.import": { takes: { tenant: string; session: PortableChat }; gives: PieceArrived };
  /** Take in a tenant of a WeKnora installation with its people and its key. `aes_key` is what keys were made with there (`TENANT_AES_KEY`): where it is given, a key that was not made with it is left out, as it is no good there either. */
  "weknora.tenants.import": { takes: { moved: MovedTenant; aes_key?: string | undefined }; gives: TenantArrived };
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
  | "bases.list"
  | "bases.read"
  | "bases.usage"
  | "blobs.find"
  | "budgets.list"
  | "budgets.read"
  | "chatbot.people.list"
  | "chatbot.people.read"
  | "chats.list"
  | "chats.read"
  | "chats.search"
  | "chunks.list"
  | "chunks.read"
  | "connections.list"
  | "documents.list"
  | "documents.pages.read"
  | "documents.read"
  | "evaluations.list"
  | "evaluations.questions.list"
  | "evaluations.read"
  | "feeds.read"
  | "files.list"
  | "files.read"
  | "files.usage"
  | "folders.list"
  | "graphs.read"
  | "graphs.show"
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
  | "storage.read"
  | "tags.list"
  | "tenants.list"
  | "usage.list"
  | "usage.read"
  | "users.list"
  | "users.read";
