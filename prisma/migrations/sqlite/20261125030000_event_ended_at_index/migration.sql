-- Live asks what ended since the last look.
CREATE INDEX "request_event_ended_at_ms_idx" ON "request_event"("ended_at_ms");
