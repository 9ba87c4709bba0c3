-- +goose Up
CREATE TABLE resident_residents (
    id                uuid PRIMARY KEY,
    particulars       bytea NOT NULL,
    national_id_index text UNIQUE,
    bound_at          timestamptz,
    succeeded_by      uuid REFERENCES resident_residents (id),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    revision          bigint NOT NULL
);

CREATE TABLE resident_phones (
    phone_index text PRIMARY KEY,
    resident_id uuid NOT NULL REFERENCES resident_residents (id),
    added_at    timestamptz NOT NULL
);
CREATE INDEX resident_phones_resident ON resident_phones (resident_id);

CREATE TABLE resident_relations (
    guardian_id  uuid NOT NULL REFERENCES resident_residents (id),
    dependant_id uuid NOT NULL REFERENCES resident_residents (id),
    relation     text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (guardian_id, dependant_id),
    CHECK (guardian_id <> dependant_id)
);
CREATE INDEX resident_relations_dependant ON resident_relations (dependant_id);
