-- +goose Up
CREATE TABLE identity_consents (
    id           text PRIMARY KEY,
    resident_id  text NOT NULL REFERENCES resident_residents (id),
    purpose      text NOT NULL,
    version      text NOT NULL,
    given_at     datetime NOT NULL,
    withdrawn_at datetime
);
CREATE INDEX identity_consents_resident ON identity_consents (resident_id, given_at);

CREATE TABLE identity_links (
    resident_id   text NOT NULL REFERENCES resident_residents (id),
    department    text NOT NULL,
    status        text NOT NULL CHECK (status IN ('LINKED', 'PENDING', 'NOT_FOUND', 'FAILED')),
    subject       blob,
    subject_index text,
    linked_at     datetime,
    attempts      integer NOT NULL,
    created_at    datetime NOT NULL,
    updated_at    datetime NOT NULL,
    PRIMARY KEY (resident_id, department),
    CHECK ((status = 'LINKED') = (subject IS NOT NULL))
);
CREATE INDEX identity_links_subject ON identity_links (department, subject_index);
