-- +goose Up
CREATE TABLE store_key_state (
    id               integer PRIMARY KEY CHECK (id = 1),
    index_generation integer NOT NULL,
    fields_done      integer NOT NULL,
    index_done       integer NOT NULL
);
INSERT INTO store_key_state (id, index_generation, fields_done, index_done) VALUES (1, 0, 0, 0);

ALTER TABLE resident_phones ADD COLUMN phone blob;
ALTER TABLE material_files ADD COLUMN key_generation integer;
ALTER TABLE material_files ADD COLUMN scan text NOT NULL DEFAULT 'NOT_SCANNED' CHECK (scan IN ('NOT_SCANNED', 'PENDING', 'CLEAN', 'INFECTED'));
CREATE INDEX material_files_pending ON material_files (id) WHERE scan = 'PENDING';
