-- +goose Up
-- Reminders may be about no case (looks at somebody's data); lines of a digest wait for the morning and go out together.
ALTER TABLE notify_plans RENAME TO notify_plans_before;
CREATE TABLE notify_plans (
    id             text PRIMARY KEY,
    key            text NOT NULL UNIQUE,
    application_id text,
    resident_id    text NOT NULL,
    rule           text NOT NULL,
    due_at         datetime NOT NULL,
    about          datetime NOT NULL,
    params         text NOT NULL,
    state          text NOT NULL CHECK (state IN ('PLANNED', 'SENT', 'DROPPED', 'CANCELLED')),
    reason         text NOT NULL,
    digest         boolean NOT NULL DEFAULT false,
    settled_at     datetime
);
INSERT INTO notify_plans (id, key, application_id, resident_id, rule, due_at, about, params, state, reason)
    SELECT id, key, application_id, resident_id, rule, due_at, about, params, state, reason FROM notify_plans_before;
DROP TABLE notify_plans_before;
CREATE INDEX notify_plans_application ON notify_plans (application_id) WHERE state = 'PLANNED';
CREATE INDEX notify_plans_next ON notify_plans (due_at, key) WHERE state = 'PLANNED' AND NOT digest;
CREATE INDEX notify_plans_lines ON notify_plans (resident_id, due_at) WHERE state = 'PLANNED' AND digest;

-- One row for each person for whom lines wait: whoever sends the digest holds it.
CREATE TABLE notify_digests (
    resident_id text PRIMARY KEY,
    due_at      datetime NOT NULL
);
CREATE INDEX notify_digests_due ON notify_digests (due_at, resident_id);

-- What staff are told: one of them, or a role of a department.
CREATE TABLE notify_staff_notices (
    id                 text PRIMARY KEY,
    at                 datetime NOT NULL,
    kind               text NOT NULL,
    staff_id           text,
    department         text NOT NULL,
    role               text NOT NULL,
    task_id            text NOT NULL,
    application_id     text NOT NULL,
    application_number text NOT NULL,
    params             text NOT NULL,
    plan_key           text NOT NULL UNIQUE
);
CREATE INDEX notify_staff_notices_own ON notify_staff_notices (staff_id, at DESC, id DESC) WHERE staff_id IS NOT NULL;
CREATE INDEX notify_staff_notices_role ON notify_staff_notices (department, role, at DESC, id DESC) WHERE staff_id IS NULL;
CREATE TABLE notify_staff_reads (
    notice_id text NOT NULL REFERENCES notify_staff_notices (id) ON DELETE CASCADE,
    staff_id  text NOT NULL,
    at        datetime NOT NULL,
    PRIMARY KEY (staff_id, notice_id)
);

ALTER TABLE notify_settings ADD COLUMN copy_helpers boolean NOT NULL DEFAULT false;
ALTER TABLE notify_settings ADD COLUMN plain_language boolean NOT NULL DEFAULT false;
-- A message that a helper got because the person whom it concerns wanted so.
ALTER TABLE notify_messages ADD COLUMN copied boolean NOT NULL DEFAULT false;
