-- +goose Up
CREATE TABLE resident_residents (
    id                text PRIMARY KEY,
    particulars       blob NOT NULL,
    national_id_index text UNIQUE,
    bound_at          datetime,
    succeeded_by      text REFERENCES resident_residents (id),
    created_at        datetime NOT NULL,
    updated_at        datetime NOT NULL,
    revision          integer NOT NULL
);

CREATE TABLE resident_phones (
    phone_index text PRIMARY KEY,
    resident_id text NOT NULL REFERENCES resident_residents (id),
    added_at    datetime NOT NULL
);
CREATE INDEX resident_phones_resident ON resident_phones (resident_id);

CREATE TABLE resident_relations (
    guardian_id  text NOT NULL REFERENCES resident_residents (id),
    dependant_id text NOT NULL REFERENCES resident_residents (id),
    relation     text NOT NULL,
    created_at   datetime NOT NULL,
    PRIMARY KEY (guardian_id, dependant_id),
    CHECK (guardian_id <> dependant_id)
);
CREATE INDEX resident_relations_dependant ON resident_relations (dependant_id);
