-- +goose Up
-- One person's leave to act for another. EXPIRED is not stored: it follows from until_day. item_codes and powers are JSON lists.
CREATE TABLE delegation_delegations (
    id             uuid PRIMARY KEY,
    grantor_id     uuid NOT NULL REFERENCES resident_residents (id),
    delegate_id    uuid NOT NULL REFERENCES resident_residents (id),
    delegate_phone bytea NOT NULL,
    state          text NOT NULL CHECK (state IN ('OFFERED', 'ACTIVE', 'REVOKED')),
    item_codes     text NOT NULL,
    powers         text NOT NULL,
    until_day      date NOT NULL,
    created_at     timestamptz NOT NULL,
    answered_at    timestamptz,
    ended_at       timestamptz,
    CHECK (grantor_id <> delegate_id)
);
CREATE INDEX delegation_delegations_grantor ON delegation_delegations (grantor_id, created_at);
CREATE INDEX delegation_delegations_delegate ON delegation_delegations (delegate_id, grantor_id);
