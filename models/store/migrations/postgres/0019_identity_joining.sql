-- +goose Up
-- A question whether a new phone may join a bound identity. owner_id is empty where the number is nobody's here: such a row
-- counts what its asker tried, and costs as much time as one that reaches somebody.
CREATE TABLE identity_join_requests (
    id          uuid PRIMARY KEY,
    asker_id    uuid NOT NULL REFERENCES resident_residents (id),
    owner_id    uuid REFERENCES resident_residents (id),
    device      text NOT NULL,
    state       text NOT NULL CHECK (state IN ('NOBODY', 'OPEN', 'APPROVED', 'REFUSED', 'EXPIRED')),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answered_at timestamptz
);
CREATE INDEX identity_join_requests_asker ON identity_join_requests (asker_id, created_at);
CREATE INDEX identity_join_requests_owner ON identity_join_requests (owner_id, created_at) WHERE owner_id IS NOT NULL;
-- One open question for a person at a time.
CREATE UNIQUE INDEX identity_join_requests_open ON identity_join_requests (owner_id) WHERE state = 'OPEN';

-- Set while a person who was bound has taken the binding back: the record waits for who proves to be that person again.
ALTER TABLE resident_residents ADD COLUMN unbound_at timestamptz;

-- Sessions whose phone joined another account, while access tokens that name the old one may be in use.
CREATE TABLE auth_moves (
    session_id uuid PRIMARY KEY,
    person_id  uuid NOT NULL,
    seq        bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX auth_moves_seq ON auth_moves (seq);
