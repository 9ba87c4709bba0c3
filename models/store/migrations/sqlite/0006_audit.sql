-- +goose Up
CREATE TABLE audit_records (
    id               text PRIMARY KEY,
    subject_id       text NOT NULL,
    at               datetime NOT NULL,
    actor_id         text,
    actor_role       text NOT NULL,
    actor_department text NOT NULL,
    purpose          text NOT NULL,
    fields           text NOT NULL,
    application_id   text
);
CREATE INDEX audit_records_subject ON audit_records (subject_id, at DESC, id DESC);
