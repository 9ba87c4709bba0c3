-- +goose Up
CREATE TABLE catalogue_items (
    code       text NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    hash       text NOT NULL,
    definition text NOT NULL,
    loaded_at  datetime NOT NULL,
    PRIMARY KEY (code, version),
    UNIQUE (code, hash)
);
