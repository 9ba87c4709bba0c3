-- +goose Up
-- Links to the copy of a person's data. The token is its digest alone; reader is the address that opened it first, opened how often it has.
CREATE TABLE export_links (
    token_hash  bytea PRIMARY KEY,
    resident_id uuid NOT NULL REFERENCES resident_residents (id),
    locale      text NOT NULL,
    reader      text NOT NULL DEFAULT '',
    opened      integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX export_links_resident ON export_links (resident_id, created_at);
