-- +goose Up
-- offered: another department handed the work over and nobody here has taken it yet.
ALTER TABLE casework_tasks ADD COLUMN offered boolean NOT NULL DEFAULT false;

-- Every time that a piece of work went, or was refused, from one department to another.
CREATE TABLE casework_transfers (
    id              text PRIMARY KEY,
    application_id  text NOT NULL REFERENCES casework_applications (id),
    step_id         text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('TRANSFER','REFUSAL','ARBITRATION','ASSIGNMENT')),
    from_department text NOT NULL,
    to_department   text NOT NULL,
    reason          text NOT NULL,
    at              datetime NOT NULL,
    by_id           text NOT NULL
);
CREATE INDEX casework_transfers_from ON casework_transfers (from_department, id);
CREATE INDEX casework_transfers_to ON casework_transfers (to_department, id);
CREATE INDEX casework_transfers_at ON casework_transfers (at);

-- Every use of discretion, and every attempt that was refused.
CREATE TABLE casework_interventions (
    id             text PRIMARY KEY,
    application_id text NOT NULL REFERENCES casework_applications (id),
    kind           text NOT NULL CHECK (kind IN ('EXPEDITE','REASSIGN','EXTEND','WAIVE_MATERIAL')),
    step_id        text NOT NULL,
    requirement    text NOT NULL,
    days           integer NOT NULL,
    authority      text NOT NULL,
    reason         text NOT NULL,
    at             datetime NOT NULL,
    by_id          text NOT NULL,
    role           text NOT NULL,
    department     text NOT NULL,
    refusal        text,
    sampled        boolean NOT NULL,
    outcome        text NOT NULL,
    note           text NOT NULL,
    evaluated_at   datetime,
    evaluator_id   text
);
CREATE INDEX casework_interventions_application ON casework_interventions (application_id, id);
CREATE INDEX casework_interventions_department ON casework_interventions (department, id);
CREATE INDEX casework_interventions_official ON casework_interventions (by_id, kind, at) WHERE refusal IS NULL;
