-- +goose Up
-- Every attempt to hand a message to a provider. target is a keyed hash of the address: never the address itself.
CREATE TABLE notify_attempts (
    id          text PRIMARY KEY,
    delivery_id text NOT NULL REFERENCES notify_deliveries (id) ON DELETE CASCADE,
    channel     text NOT NULL,
    provider    text NOT NULL,
    target      text NOT NULL,
    at          datetime NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('TAKEN', 'TEMPORARY', 'THROTTLED', 'BAD_ADDRESS', 'BAD_MESSAGE', 'NO_QUOTA')),
    code        text NOT NULL,
    provider_id text NOT NULL
);
CREATE INDEX notify_attempts_delivery ON notify_attempts (delivery_id);
CREATE INDEX notify_deliveries_dead ON notify_deliveries (at, id) WHERE state = 'FAILED';

-- Addresses that a provider refused for good, until their owner proves them anew.
CREATE TABLE notify_bad_addresses (
    resident_id text NOT NULL,
    channel     text NOT NULL,
    target      text NOT NULL,
    at          datetime NOT NULL,
    code        text NOT NULL,
    PRIMARY KEY (resident_id, channel, target)
);

-- Messages that reached nobody on any channel: work for whoever knocks on doors.
CREATE TABLE notify_unreached (
    message_id  text PRIMARY KEY REFERENCES notify_messages (id) ON DELETE CASCADE,
    resident_id text NOT NULL,
    at          datetime NOT NULL,
    reason      text NOT NULL,
    settled_at  datetime,
    settled_by  text
);
CREATE INDEX notify_unreached_open ON notify_unreached (at, message_id) WHERE settled_at IS NULL;

CREATE TABLE notify_emails (
    resident_id  text PRIMARY KEY,
    email        blob,
    verified_at  datetime,
    pending      blob,
    code         blob,
    code_sent_at datetime,
    codes_today  integer NOT NULL,
    tries        integer NOT NULL
);

-- One-off permissions to send a WeChat message, and the reports of the clients that were counted.
CREATE TABLE notify_wechat_quota (
    target   text NOT NULL,
    template text NOT NULL,
    amount   integer NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (target, template)
);
CREATE TABLE notify_wechat_reports (
    resident_id text NOT NULL,
    event_id    text NOT NULL,
    at          datetime NOT NULL,
    PRIMARY KEY (resident_id, event_id)
);

CREATE TABLE auth_wechat (
    open_id_index text PRIMARY KEY,
    open_id       blob NOT NULL,
    resident_id   text NOT NULL,
    linked_at     datetime NOT NULL
);
CREATE INDEX auth_wechat_resident ON auth_wechat (resident_id, linked_at);
