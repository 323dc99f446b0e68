-- CreateTable
CREATE TABLE "audit_entry" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "via" TEXT NOT NULL,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "object_kind" TEXT,
    "object_id" TEXT,
    "before" TEXT,
    "after" TEXT,
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "revision" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "number" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "instance" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostname" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "started_at" DATETIME NOT NULL,
    "seen_at" DATETIME NOT NULL,
    "rules_version" INTEGER,
    "rules_hash" TEXT,
    "rules_problem" TEXT,
    "file_read_only" BOOLEAN NOT NULL DEFAULT false
);

-- CreateTable
CREATE TABLE "request_event" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "instance_id" TEXT NOT NULL,
    "upstream_request_id" TEXT,
    "started_at_ms" BIGINT NOT NULL,
    "ended_at_ms" BIGINT NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "ttfb_ms" INTEGER,
    "endpoint" TEXT NOT NULL,
    "streamed" INTEGER NOT NULL,
    "status" INTEGER NOT NULL,
    "ended" TEXT NOT NULL,
    "error_type" TEXT,
    "stop_reason" TEXT,
    "requested_model" TEXT,
    "served_model" TEXT,
    "answered_model" TEXT,
    "decision" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "rule_id" TEXT,
    "rule_version" INTEGER,
    "project" TEXT NOT NULL,
    "team" TEXT,
    "person_id" TEXT,
    "proxy_key_id" TEXT,
    "session_id" TEXT,
    "agent_id" TEXT,
    "parent_agent_id" TEXT,
    "client_name" TEXT,
    "client_version" TEXT,
    "billing_mode" TEXT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "thinking_tokens" BIGINT NOT NULL,
    "web_searches" INTEGER NOT NULL,
    "usage_state" TEXT NOT NULL,
    "service_tier" TEXT,
    "speed" TEXT,
    "inference_geo" TEXT,
    "price_version" TEXT,
    "input_nano_usd" BIGINT,
    "cache_write_5m_nano_usd" BIGINT,
    "cache_write_1h_nano_usd" BIGINT,
    "cache_read_nano_usd" BIGINT,
    "output_nano_usd" BIGINT,
    "web_search_nano_usd" BIGINT,
    "cost_nano_usd" BIGINT,
    "baseline_nano_usd" BIGINT,
    "saved_nano_usd" BIGINT,
    "avoided_nano_usd" BIGINT NOT NULL,
    "tokenizer_ratio_milli" INTEGER NOT NULL,
    "cache" TEXT NOT NULL,
    "cache_reason" TEXT,
    "request_bytes" BIGINT NOT NULL,
    "response_bytes" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "person" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT,
    "session_version" INTEGER NOT NULL DEFAULT 1,
    "created_at" DATETIME NOT NULL,
    "last_sign_in_at" DATETIME,
    "disabled_at" DATETIME
);

-- CreateTable
CREATE TABLE "identity" (
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,

    PRIMARY KEY ("provider", "subject"),
    CONSTRAINT "identity_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "one_time_link" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "email" TEXT,
    "name" TEXT,
    "role" TEXT,
    "person_id" TEXT,
    "created_by" TEXT,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "used_at" DATETIME,
    "revoked_at" DATETIME
);

-- CreateTable
CREATE TABLE "sign_in_throttle" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "failures" INTEGER NOT NULL,
    "window_start_at" DATETIME NOT NULL,
    "locked_until" DATETIME
);

-- CreateTable
CREATE TABLE "proxy_key" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "person_id" TEXT,
    "team" TEXT,
    "project" TEXT,
    "created_by" TEXT,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME,
    "revoked_at" DATETIME,
    "last_used_at" DATETIME,
    CONSTRAINT "proxy_key_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "access_token" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME,
    "revoked_at" DATETIME,
    "last_used_at" DATETIME,
    CONSTRAINT "access_token_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "rollup_quarter" (
    "bucket_s" BIGINT NOT NULL,
    "dims_key" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "requested_model" TEXT NOT NULL,
    "served_model" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL,
    "rule_version" INTEGER NOT NULL,
    "project" TEXT NOT NULL,
    "team" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "proxy_key_id" TEXT NOT NULL,
    "billing_mode" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "cancelled" BIGINT NOT NULL,
    "truncated" BIGINT NOT NULL,
    "overrides" BIGINT NOT NULL,
    "fallbacks" BIGINT NOT NULL,
    "skips" BIGINT NOT NULL,
    "cache_hits" BIGINT NOT NULL,
    "cache_misses" BIGINT NOT NULL,
    "cache_bypasses" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,
    "estimated" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "thinking_tokens" BIGINT NOT NULL,
    "web_searches" BIGINT NOT NULL,
    "input_nano_usd" BIGINT NOT NULL,
    "cache_write_5m_nano_usd" BIGINT NOT NULL,
    "cache_write_1h_nano_usd" BIGINT NOT NULL,
    "cache_read_nano_usd" BIGINT NOT NULL,
    "output_nano_usd" BIGINT NOT NULL,
    "web_search_nano_usd" BIGINT NOT NULL,
    "cost_nano_usd" BIGINT NOT NULL,
    "baseline_nano_usd" BIGINT NOT NULL,
    "saved_nano_usd" BIGINT NOT NULL,
    "avoided_nano_usd" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "ttfb_ms" BIGINT NOT NULL,
    "ttfb_count" BIGINT NOT NULL,
    "last_at_ms" BIGINT NOT NULL,

    PRIMARY KEY ("bucket_s", "dims_key")
);

-- CreateTable
CREATE TABLE "rollup_day" (
    "day" TEXT NOT NULL,
    "dims_key" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "requested_model" TEXT NOT NULL,
    "served_model" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL,
    "rule_version" INTEGER NOT NULL,
    "project" TEXT NOT NULL,
    "team" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "proxy_key_id" TEXT NOT NULL,
    "billing_mode" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "cancelled" BIGINT NOT NULL,
    "truncated" BIGINT NOT NULL,
    "overrides" BIGINT NOT NULL,
    "fallbacks" BIGINT NOT NULL,
    "skips" BIGINT NOT NULL,
    "cache_hits" BIGINT NOT NULL,
    "cache_misses" BIGINT NOT NULL,
    "cache_bypasses" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,
    "estimated" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "thinking_tokens" BIGINT NOT NULL,
    "web_searches" BIGINT NOT NULL,
    "input_nano_usd" BIGINT NOT NULL,
    "cache_write_5m_nano_usd" BIGINT NOT NULL,
    "cache_write_1h_nano_usd" BIGINT NOT NULL,
    "cache_read_nano_usd" BIGINT NOT NULL,
    "output_nano_usd" BIGINT NOT NULL,
    "web_search_nano_usd" BIGINT NOT NULL,
    "cost_nano_usd" BIGINT NOT NULL,
    "baseline_nano_usd" BIGINT NOT NULL,
    "saved_nano_usd" BIGINT NOT NULL,
    "avoided_nano_usd" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "ttfb_ms" BIGINT NOT NULL,
    "ttfb_count" BIGINT NOT NULL,
    "last_at_ms" BIGINT NOT NULL,

    PRIMARY KEY ("day", "dims_key")
);

-- CreateTable
CREATE TABLE "rule_version" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "toml" TEXT NOT NULL,
    "toml_hash" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "based_on" INTEGER,
    "rolled_back_to" INTEGER,
    "applies" TEXT NOT NULL DEFAULT 'new-sessions',
    "published_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "rule_draft" (
    "person_id" TEXT NOT NULL PRIMARY KEY,
    "toml" TEXT NOT NULL,
    "based_on" INTEGER,
    "updated_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "audit_entry_at_idx" ON "audit_entry"("at");

-- CreateIndex
CREATE INDEX "audit_entry_action_at_idx" ON "audit_entry"("action", "at");

-- CreateIndex
CREATE INDEX "request_event_started_at_ms_id_idx" ON "request_event"("started_at_ms", "id");

-- CreateIndex
CREATE INDEX "request_event_session_id_started_at_ms_idx" ON "request_event"("session_id", "started_at_ms");

-- CreateIndex
CREATE INDEX "request_event_person_id_started_at_ms_idx" ON "request_event"("person_id", "started_at_ms");

-- CreateIndex
CREATE INDEX "request_event_rule_id_started_at_ms_idx" ON "request_event"("rule_id", "started_at_ms");

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE INDEX "identity_person_id_idx" ON "identity"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_link_token_hash_key" ON "one_time_link"("token_hash");

-- CreateIndex
CREATE INDEX "one_time_link_kind_created_at_idx" ON "one_time_link"("kind", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "proxy_key_key_hash_key" ON "proxy_key"("key_hash");

-- CreateIndex
CREATE INDEX "proxy_key_person_id_idx" ON "proxy_key"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "access_token_token_hash_key" ON "access_token"("token_hash");

-- CreateIndex
CREATE INDEX "access_token_person_id_idx" ON "access_token"("person_id");

-- CreateIndex
CREATE INDEX "rule_version_published_at_idx" ON "rule_version"("published_at");


