-- +goose Up
CREATE TABLE auth_sequence (
    id    integer PRIMARY KEY CHECK (id = 1),
    value bigint NOT NULL
);
INSERT INTO auth_sequence (id, value) VALUES (1, 0);

CREATE TABLE auth_sessions (
    id         uuid PRIMARY KEY,
    person_id  uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('resident', 'staff')),
    device_id  text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX auth_sessions_person ON auth_sessions (person_id);
CREATE INDEX auth_sessions_expiry ON auth_sessions (expires_at);

CREATE TABLE auth_refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES auth_sessions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    successor  bytea
);
CREATE INDEX auth_refresh_tokens_session ON auth_refresh_tokens (session_id);
CREATE INDEX auth_refresh_tokens_successor ON auth_refresh_tokens (used_at) WHERE successor IS NOT NULL;

CREATE TABLE auth_revocations (
    session_id uuid PRIMARY KEY,
    seq        bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX auth_revocations_seq ON auth_revocations (seq);

CREATE TABLE auth_staff (
    id             uuid PRIMARY KEY,
    username       text NOT NULL UNIQUE,
    display_name   text NOT NULL,
    password_hash  text NOT NULL,
    totp_secret    bytea,
    totp_last_step bigint NOT NULL,
    department     text NOT NULL,
    roles          text NOT NULL,
    city_reach     boolean NOT NULL,
    active         boolean NOT NULL,
    changed_seq    bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX auth_staff_changed ON auth_staff (changed_seq);

CREATE TABLE auth_devices (
    resident_id      uuid NOT NULL,
    id               text NOT NULL,
    platform         text NOT NULL,
    name             text NOT NULL,
    push_token       bytea,
    push_token_index text,
    last_seen_at     timestamptz NOT NULL,
    PRIMARY KEY (resident_id, id)
);
CREATE UNIQUE INDEX auth_devices_push_token ON auth_devices (push_token_index) WHERE push_token_index IS NOT NULL;
