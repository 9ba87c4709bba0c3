-- +goose Up
-- Due reminders are gone through in the order in which they were planned, which is about that on disk; and the key is long.
CREATE INDEX notify_plans_coming ON notify_plans (due_at, id) WHERE state = 'PLANNED' AND NOT digest;
DROP INDEX notify_plans_next;

-- Counting an inbox reads all of it; a second index of what is unread only made each new message dearer.
DROP INDEX notify_messages_unread;
