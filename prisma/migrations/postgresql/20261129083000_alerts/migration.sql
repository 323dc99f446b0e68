-- Alerts: rules, what they remember between two looks, their history, channels and messages.
CREATE TABLE "alert_rule" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_on" BOOLEAN NOT NULL,
    "threshold" DOUBLE PRECISION NOT NULL,
    "minimum_sample" INTEGER NOT NULL,
    "hold_s" INTEGER NOT NULL,
    "cool_down_s" INTEGER NOT NULL,
    "channels" TEXT NOT NULL DEFAULT '',
    "snoozed_until" TIMESTAMP(3),
    "now_text" TEXT,
    "missing" INTEGER NOT NULL DEFAULT 0,
    "looked_at" TIMESTAMP(3),
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "alert_rule_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "alert_memory" (
    "rule_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "over_since" TIMESTAMP(3),
    "clear_since" TIMESTAMP(3),
    "fired_at" TIMESTAMP(3),
    "firing_id" TEXT,

    CONSTRAINT "alert_memory_pkey" PRIMARY KEY ("rule_id","subject")
);

CREATE TABLE "alert_firing" (
    "id" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "evidence" TEXT NOT NULL,
    "fix_label" TEXT NOT NULL,
    "fix_path" TEXT NOT NULL,
    "fired_at" TIMESTAMP(3) NOT NULL,
    "ended_at" TIMESTAMP(3),
    "acknowledged_by" TEXT,
    "acknowledged_at" TIMESTAMP(3),

    CONSTRAINT "alert_firing_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "alert_channel" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "quiet_from" TEXT,
    "quiet_to" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "alert_channel_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "alert_delivery" (
    "id" TEXT NOT NULL,
    "firing_id" TEXT NOT NULL,
    "channel_id" TEXT NOT NULL,
    "channel_kind" TEXT NOT NULL,
    "channel_name" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMP(3) NOT NULL,
    "claimed_until" TIMESTAMP(3),
    "sent_at" TIMESTAMP(3),
    "took_ms" INTEGER,
    "problem" TEXT,

    CONSTRAINT "alert_delivery_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "alert_firing_fired_at_idx" ON "alert_firing"("fired_at");
CREATE INDEX "alert_firing_ended_at_idx" ON "alert_firing"("ended_at");
CREATE INDEX "alert_delivery_state_next_at_idx" ON "alert_delivery"("state", "next_at");
CREATE UNIQUE INDEX "alert_delivery_firing_id_channel_id_event_key" ON "alert_delivery"("firing_id", "channel_id", "event");

-- What a proxy holds that is not in the database yet.
ALTER TABLE "instance" ADD COLUMN "waiting_bytes" BIGINT;
ALTER TABLE "instance" ADD COLUMN "oldest_waiting_at" TIMESTAMP(3);
