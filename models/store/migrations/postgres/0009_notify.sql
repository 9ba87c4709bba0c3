-- +goose Up
CREATE TABLE notify_messages (
    id                 uuid PRIMARY KEY,
    resident_id        uuid NOT NULL,
    at                 timestamptz NOT NULL,
    kind               text NOT NULL,
    template_version   integer NOT NULL,
    application_id     uuid,
    application_number text,
    params             jsonb NOT NULL,
    note               bytea,
    urgent             boolean NOT NULL,
    read_at            timestamptz,
    plan_key           text,
    UNIQUE (resident_id, plan_key)
);
CREATE INDEX notify_messages_newest ON notify_messages (resident_id, at DESC, id DESC);
CREATE INDEX notify_messages_unread ON notify_messages (resident_id, at DESC, id DESC) WHERE read_at IS NULL;

CREATE TABLE notify_deliveries (
    id         uuid PRIMARY KEY,
    message_id uuid NOT NULL REFERENCES notify_messages (id) ON DELETE CASCADE,
    channel    text NOT NULL CHECK (channel IN ('SMS', 'PUSH', 'WECHAT', 'EMAIL')),
    state      text NOT NULL CHECK (state IN ('PENDING', 'SENT', 'FAILED', 'DROPPED')),
    attempts   integer NOT NULL,
    at         timestamptz NOT NULL,
    reason     text NOT NULL,
    UNIQUE (message_id, channel)
);

CREATE TABLE notify_plans (
    id             uuid PRIMARY KEY,
    key            text NOT NULL UNIQUE,
    application_id uuid NOT NULL,
    resident_id    uuid NOT NULL,
    rule           text NOT NULL,
    due_at         timestamptz NOT NULL,
    about          timestamptz NOT NULL,
    params         jsonb NOT NULL,
    state          text NOT NULL CHECK (state IN ('PLANNED', 'SENT', 'DROPPED', 'CANCELLED')),
    reason         text NOT NULL
);
CREATE INDEX notify_plans_due ON notify_plans (due_at, key) WHERE state = 'PLANNED';
CREATE INDEX notify_plans_application ON notify_plans (application_id) WHERE state = 'PLANNED';

CREATE TABLE notify_settings (
    resident_id uuid PRIMARY KEY,
    channels    jsonb NOT NULL,
    quiet_start text NOT NULL,
    quiet_end   text NOT NULL,
    locale      text NOT NULL CHECK (locale IN ('zh', 'en')),
    large_text  boolean NOT NULL
);
