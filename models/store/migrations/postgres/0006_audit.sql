-- +goose Up
CREATE TABLE audit_records (
    id               uuid PRIMARY KEY,
    subject_id       uuid NOT NULL,
    at               timestamptz NOT NULL,
    actor_id         uuid,
    actor_role       text NOT NULL,
    actor_department text NOT NULL,
    purpose          text NOT NULL,
    fields           text NOT NULL,
    application_id   uuid
);
CREATE INDEX audit_records_subject ON audit_records (subject_id, at DESC, id DESC);
