-- +goose Up
CREATE TABLE material_files (
    id            uuid PRIMARY KEY,
    owner_id      uuid NOT NULL,
    content_index text NOT NULL,
    size          bigint NOT NULL CHECK (size > 0),
    content_type  text NOT NULL,
    file_name     bytea NOT NULL,
    digest        bytea NOT NULL,
    blob_key      text NOT NULL UNIQUE,
    created_at    timestamptz NOT NULL,
    UNIQUE (owner_id, content_index)
);

CREATE TABLE material_documents (
    id                    uuid PRIMARY KEY,
    owner_id              uuid NOT NULL,
    material_code         text NOT NULL,
    file_id               uuid REFERENCES material_files (id),
    file_name             bytea,
    number                bytea,
    number_index          text,
    issued_on             date,
    expires_on            date,
    trust                 text NOT NULL CHECK (trust IN ('ISSUED', 'VERIFIED', 'UPLOADED', 'SELF_DECLARED')),
    source                text NOT NULL CHECK (source IN ('UPLOAD', 'DEPARTMENT', 'APPLICATION')),
    source_department     text NOT NULL DEFAULT '',
    source_application_id uuid,
    fields                bytea,
    created_at            timestamptz NOT NULL
);
CREATE INDEX material_documents_owner ON material_documents (owner_id, material_code);
CREATE INDEX material_documents_wallet ON material_documents (owner_id, created_at, id);
CREATE INDEX material_documents_application ON material_documents (source_application_id);
CREATE UNIQUE INDEX material_documents_fetched ON material_documents (owner_id, material_code, source_department, number_index)
    WHERE source = 'DEPARTMENT';
CREATE UNIQUE INDEX material_documents_issued ON material_documents (source_application_id, material_code)
    WHERE source = 'APPLICATION';

CREATE TABLE material_links (
    token_hash  bytea PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES material_documents (id),
    reader      text NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX material_links_expiry ON material_links (expires_at);
