-- Alerts: rules, what they remember between two looks, their history, channels and messages.
CREATE TABLE "alert_rule" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_on" BOOLEAN NOT NULL,
    "threshold" REAL NOT NULL,
    "minimum_sample" INTEGER NOT NULL,
    "hold_s" INTEGER NOT NULL,
    "cool_down_s" INTEGER NOT NULL,
    "channels" TEXT NOT NULL DEFAULT '',
    "snoozed_until" DATETIME,
    "now_text" TEXT,
    "missing" INTEGER NOT NULL DEFAULT 0,
    "looked_at" DATETIME,
    "updated_at" DATETIME NOT NULL
);

CREATE TABLE "alert_memory" (
    "rule_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "over_since" DATETIME,
    "clear_since" DATETIME,
    "fired_at" DATETIME,
    "firing_id" TEXT,

    PRIMARY KEY ("rule_id", "subject")
);

CREATE TABLE "alert_firing" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "rule_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "evidence" TEXT NOT NULL,
    "fix_label" TEXT NOT NULL,
    "fix_path" TEXT NOT NULL,
    "fired_at" DATETIME NOT NULL,
    "ended_at" DATETIME,
    "acknowledged_by" TEXT,
    "acknowledged_at" DATETIME
);

CREATE TABLE "alert_channel" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "quiet_from" TEXT,
    "quiet_to" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

CREATE TABLE "alert_delivery" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "firing_id" TEXT NOT NULL,
    "channel_id" TEXT NOT NULL,
    "channel_kind" TEXT NOT NULL,
    "channel_name" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "next_at" DATETIME NOT NULL,
    "claimed_until" DATETIME,
    "sent_at" DATETIME,
    "took_ms" INTEGER,
    "problem" TEXT
);

CREATE INDEX "alert_firing_fired_at_idx" ON "alert_firing"("fired_at");
CREATE INDEX "alert_firing_ended_at_idx" ON "alert_firing"("ended_at");
CREATE INDEX "alert_delivery_state_next_at_idx" ON "alert_delivery"("state", "next_at");
CREATE UNIQUE INDEX "alert_delivery_firing_id_channel_id_event_key" ON "alert_delivery"("firing_id", "channel_id", "event");

-- What a proxy holds that is not in the database yet.
ALTER TABLE "instance" ADD COLUMN "waiting_bytes" BIGINT;
ALTER TABLE "instance" ADD COLUMN "oldest_waiting_at" DATETIME;
