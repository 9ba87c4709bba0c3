-- +goose Up
-- What a department was to be told and was not, after all patience: kept for operators, who have it tried again.
CREATE TABLE connector_letters (
    id             uuid PRIMARY KEY,
    department     text NOT NULL,
    operation      text NOT NULL CHECK (operation IN ('cases.open','cases.withdraw')),
    application_id uuid NOT NULL,
    number         text NOT NULL,
    step           text NOT NULL,
    note           text NOT NULL,
    reason         text NOT NULL,
    failed_at      timestamptz NOT NULL,
    replayed_at    timestamptz,
    UNIQUE (operation, application_id, step, department)
);
CREATE INDEX connector_letters_dead ON connector_letters (department, failed_at) WHERE replayed_at IS NULL;
CREATE INDEX connector_events_open ON connector_events (status, department, received_at) WHERE status <> 'applied';
