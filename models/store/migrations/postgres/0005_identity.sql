-- +goose Up
CREATE TABLE identity_consents (
    id           uuid PRIMARY KEY,
    resident_id  uuid NOT NULL REFERENCES resident_residents (id),
    purpose      text NOT NULL,
    version      text NOT NULL,
    given_at     timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX identity_consents_resident ON identity_consents (resident_id, given_at);

CREATE TABLE identity_links (
    resident_id   uuid NOT NULL REFERENCES resident_residents (id),
    department    text NOT NULL,
    status        text NOT NULL CHECK (status IN ('LINKED', 'PENDING', 'NOT_FOUND', 'FAILED')),
    subject       bytea,
    subject_index text,
    linked_at     timestamptz,
    attempts      integer NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (resident_id, department),
    CHECK ((status = 'LINKED') = (subject IS NOT NULL))
);
CREATE INDEX identity_links_subject ON identity_links (department, subject_index);
