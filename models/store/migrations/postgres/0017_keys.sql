-- +goose Up
CREATE TABLE store_key_state (
    id               integer PRIMARY KEY CHECK (id = 1),
    index_generation bigint NOT NULL,
    fields_done      bigint NOT NULL,
    index_done       bigint NOT NULL
);
INSERT INTO store_key_state (id, index_generation, fields_done, index_done) VALUES (1, 0, 0, 0);

ALTER TABLE resident_phones ADD COLUMN phone bytea;
ALTER TABLE material_files ADD COLUMN key_generation bigint;
ALTER TABLE material_files ADD COLUMN scan text NOT NULL DEFAULT 'NOT_SCANNED' CHECK (scan IN ('NOT_SCANNED', 'PENDING', 'CLEAN', 'INFECTED'));
CREATE INDEX material_files_pending ON material_files (id) WHERE scan = 'PENDING';
