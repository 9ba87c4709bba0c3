-- +goose Up
-- The folders as they were taken over, each whole; the highest number is the one on offer.
CREATE TABLE catalogue_releases (
    number    integer PRIMARY KEY CHECK (number > 0),
    hash      text NOT NULL,
    content   bytea NOT NULL,
    offers    text NOT NULL,
    loaded_at timestamptz NOT NULL,
    loaded_by text NOT NULL
);
CREATE INDEX catalogue_releases_by_hash ON catalogue_releases (hash);
