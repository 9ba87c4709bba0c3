-- +goose Up
CREATE TABLE connector_events (
    department  text NOT NULL,
    event_id    text NOT NULL,
    number      text NOT NULL,
    step        text NOT NULL,
    type        text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    status      text NOT NULL CHECK (status IN ('applied','parked','conflict')),
    body        bytea NOT NULL,
    PRIMARY KEY (department, event_id)
);
CREATE INDEX connector_events_parked ON connector_events (number, step, received_at) WHERE status = 'parked';

CREATE TABLE connector_handovers (
    application_id uuid NOT NULL,
    step           text NOT NULL,
    department     text NOT NULL,
    state          text NOT NULL CHECK (state IN ('pending','sent','failed','withdrawn')),
    since          timestamptz NOT NULL,
    reason         text NOT NULL,
    PRIMARY KEY (application_id, step)
);
CREATE INDEX connector_handovers_failed ON connector_handovers (department, since) WHERE state = 'failed';
